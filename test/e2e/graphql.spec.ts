import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Args, Field, GraphQLModule, Int, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { CircuitBreaker, CircuitBreakerModule, Fallback, PolicyRegistry } from 'nest-circuit-breaker';
import request from 'supertest';

@ObjectType()
class Item {
  @Field(() => Int)
  id!: number;
}

@Resolver(() => Item)
class ItemResolver {
  @Query(() => Item)
  @CircuitBreaker('items')
  async item(@Args('id', { type: () => Int }) id: number): Promise<Item> {
    return { id };
  }

  @ResolveField(() => Int)
  @Fallback(() => -1)
  @CircuitBreaker('prices')
  async price(@Parent() item: Item): Promise<number> {
    return item.id * 10;
  }

  @ResolveField(() => String, { nullable: true })
  @CircuitBreaker('reviews')
  async review(@Parent() item: Item): Promise<string> {
    return `good, ${item.id}`;
  }
}

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function boot() {
  const module = await Test.createTestingModule({
    imports: [
      CircuitBreakerModule.forRoot({ logger: false }),
      // Nest runs filters for field resolvers only where it is asked to
      GraphQLModule.forRoot<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        autoSchemaFile: true,
        fieldResolverEnhancers: ['filters'],
      }),
    ],
    providers: [ItemResolver],
  }).compile();
  const fastify = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app = fastify;
  await fastify.listen(0, '127.0.0.1');
  const server = fastify.getHttpServer() as Parameters<typeof request>[0];
  const ask = async (query: string) => (await request(server).post('/graphql').send({ query })).body as unknown;
  return { ask, registry: fastify.get(PolicyRegistry) };
}

describe('over GraphQL', () => {
  it('resolvers and field resolvers are guarded, and keep their parameters', async () => {
    const { ask, registry } = await boot();
    expect(await ask('{ item(id: 7) { id price review } }')).toEqual({
      data: { item: { id: 7, price: 70, review: 'good, 7' } },
    });
    for (const name of ['items', 'prices', 'reviews']) {
      expect(registry.find(name)?.snapshot().totals).toMatchObject({ calls: 1, successes: 1 });
    }
  });

  it('a refusal is an error with a code, and tells no names', async () => {
    const { ask, registry } = await boot();
    registry.circuitBreaker('items').isolate({ reason: 'test', for: 5_000 });
    const answer = await ask('{ item(id: 7) { id } }');
    expect(answer).toMatchObject({
      data: null,
      errors: [
        {
          message: 'Service Unavailable',
          path: ['item'],
          extensions: { code: 'ERR_CIRCUIT_OPEN', retryAfter: expect.any(Number) },
        },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain('isolated');
  });

  it('a refused field is null or answered by its fallback, and the others are there', async () => {
    const { ask, registry } = await boot();
    registry.circuitBreaker('reviews').isolate({ reason: 'test' });
    registry.circuitBreaker('prices').isolate({ reason: 'test' });
    expect(await ask('{ item(id: 7) { id price review } }')).toMatchObject({
      data: { item: { id: 7, price: -1, review: null } },
      errors: [{ path: ['item', 'review'], extensions: { code: 'ERR_CIRCUIT_OPEN' } }],
    });
  });
});
