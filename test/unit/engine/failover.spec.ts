import { describe, expect, it, jest } from '@jest/globals';
import type { CallContext } from 'nest-circuit-breaker/engine';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { ServiceError } from '../../fixtures/breaker.js';

const answer = (value: string) => jest.fn(async (_context: CallContext) => value);
const failing = (message: string) =>
  jest.fn(async (_context: CallContext): Promise<string> => {
    throw new ServiceError(message);
  });

function setUp() {
  const clock = new ManualClock();
  const registry = createRegistry({ defaults: { failureThreshold: 1, breakDuration: '1s' } }, { clock });
  const totals = (name: string) => registry.find(name)?.snapshot().totals;
  return { clock, registry, totals };
}

describe('a failover', () => {
  it('asks the first candidate as written, and no other where it answers', async () => {
    const { registry, totals } = setUp();
    const [openai, anthropic] = [answer('o'), answer('a')];
    expect(await registry.failover({ openai, anthropic })).toBe('o');
    expect(anthropic).not.toHaveBeenCalled();
    expect(totals('openai')).toMatchObject({ calls: 1, successes: 1 });
    expect(registry.find('anthropic')).toBeUndefined();
  });

  it('asks the preferred candidate first, then the others as written', async () => {
    const { registry } = setUp();
    const order: string[] = [];
    const candidate = (name: string) => async () => {
      order.push(name);
      throw new ServiceError(name);
    };
    const candidates = { a: candidate('a'), b: candidate('b'), c: candidate('c') };
    await expect(registry.failover(candidates, { prefer: 'c' })).rejects.toBeInstanceOf(AggregateError);
    expect(order).toEqual(['c', 'a', 'b']);
  });

  it('goes on to the next candidate after a failure, and each breaker counts its own', async () => {
    const { registry, totals } = setUp();
    expect(await registry.failover({ openai: failing('down'), anthropic: answer('a') })).toBe('a');
    expect(totals('openai')).toMatchObject({ calls: 1, failures: 1 });
    expect(totals('anthropic')).toMatchObject({ calls: 1, successes: 1 });
  });

  it('takes a candidate that throws or answers synchronously', async () => {
    const { registry } = setUp();
    const openai = (): string => {
      throw new ServiceError('at once');
    };
    expect(await registry.failover({ openai, anthropic: () => 'a' })).toBe('a');
  });

  it('skips a candidate whose circuit is open, until its break is over', async () => {
    const { clock, registry, totals } = setUp();
    const anthropic = answer('a');
    await registry.failover({ openai: failing('down'), anthropic });
    const openai = answer('o');
    expect(await registry.failover({ openai, anthropic }, { prefer: 'openai' })).toBe('a');
    expect(openai).not.toHaveBeenCalled();
    expect(totals('openai')?.refused).toBe(1);
    await clock.advance(1_000);
    expect(await registry.failover({ openai, anthropic })).toBe('o');
  });

  it('fails with all errors in the order of trying when none is left', async () => {
    const { registry } = setUp();
    registry.circuitBreaker('a').isolate({ reason: 'test' });
    const failed = registry.failover({ a: answer('a'), b: failing('b'), c: failing('c') }, { prefer: 'c' });
    const error = await failed.catch((thrown: unknown) => thrown as AggregateError);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      message: 'No candidate answered: c, a, b',
      errors: [{ message: 'c' }, { code: 'ERR_CIRCUIT_OPEN', breaker: 'a' }, { message: 'b' }],
    });
  });

  it('says the same of a single candidate', async () => {
    const { registry } = setUp();
    const error = new ServiceError('down');
    const alone = registry.failover({ openai: () => Promise.reject(error) });
    await expect(alone).rejects.toMatchObject({ errors: [error], message: 'No candidate answered: openai' });
    const refused = registry.failover({ openai: answer('o') });
    await expect(refused).rejects.toMatchObject({ errors: [{ code: 'ERR_CIRCUIT_OPEN' }] });
    expect(await registry.failover({ anthropic: answer('a') })).toBe('a');
  });

  it("ends with the caller's abort, which is nobody's failure, and tries no other candidate", async () => {
    const { registry, totals } = setUp();
    const caller = new AbortController();
    const anthropic = answer('a');
    let seen: AbortSignal | undefined;
    const openai = ({ signal }: CallContext): Promise<string> => {
      seen = signal;
      return new Promise(() => undefined);
    };
    const asked = registry.failover({ openai, anthropic }, { signal: caller.signal });
    caller.abort('enough');
    await expect(asked).rejects.toBe('enough');
    expect(seen?.reason).toBe('enough');
    expect(anthropic).not.toHaveBeenCalled();
    expect(totals('openai')).toMatchObject({ calls: 1, failures: 0, ignored: 1 });
  });

  it('asks nobody for a caller that has aborted beforehand', async () => {
    const { registry } = setUp();
    const [openai, anthropic] = [answer('o'), answer('a')];
    await expect(registry.failover({ openai, anthropic }, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect([openai, anthropic].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  it('hands each candidate its context, with the operation that was said', async () => {
    const { registry } = setUp();
    const openai = answer('o');
    await registry.failover({ openai }, { operation: 'Chat.ask' });
    expect(openai.mock.calls[0]?.[0]).toMatchObject({ operation: 'Chat.ask', attempt: 1 });
  });

  it('rejects with a TypeError without a candidate, and where the preferred one is none of them', async () => {
    const { registry } = setUp();
    await expect(registry.failover({})).rejects.toThrow(new TypeError('failover() needs at least one candidate'));
    const candidates = { openai: answer('o'), anthropic: answer('a') };
    await expect(registry.failover(candidates, { prefer: 'opnai' as never })).rejects.toThrow(
      new TypeError('failover: prefer names "opnai", which is none of openai, anthropic'),
    );
    expect(candidates.openai).not.toHaveBeenCalled();
    expect(registry.find('opnai')).toBeUndefined();
  });
});
