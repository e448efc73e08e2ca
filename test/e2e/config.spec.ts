import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { CircuitBreaker, CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';
import {
  circuitBreakerConfig,
  circuitBreakerEnvironmentSchema,
  watchCircuitBreakerConfig,
} from 'nest-circuit-breaker/config';

import { Folder } from '../fixtures/folder.js';

const folder = new Folder();
const set = new Set<string>();

/** Sets a variable of this process for one test. */
function variable(name: string, value: string): void {
  process.env[name] = value;
  set.add(name);
}
afterEach(() => {
  for (const name of set) delete process.env[name];
  set.clear();
});

@Injectable()
class Payments {
  @CircuitBreaker('payments', { successThreshold: 7, breakDuration: '3s' })
  async pay(): Promise<string> {
    return 'paid';
  }
}

async function start(
  ...imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>
): Promise<TestingModule> {
  const module = await Test.createTestingModule({ imports, providers: [Payments] }).compile();
  return module.init();
}

const message = (starting: Promise<unknown>): Promise<string> =>
  starting.then(
    () => 'it started',
    (error: Error) => error.message,
  );

describe('an application that is configured by @nestjs/config', () => {
  it('takes its options from code, a file and the environment, each over the one before', async () => {
    const file = await folder.write(
      'breakers.yaml',
      'breakers: { payments: { breakDuration: 9s, halfOpenMaxCalls: 2 } }',
    );
    variable('CIRCUIT_BREAKER__PAYMENTS__HALF_OPEN_MAX_CALLS', '4');
    const base = { logger: false, breakers: { payments: { breakDuration: '1s', minimumThroughput: 9 } } } as const;
    const config = circuitBreakerConfig({ base, file });
    const module = await start(CircuitBreakerModule.forRootAsync(config.asProvider()));
    const registry = module.get(PolicyRegistry);
    expect(await module.get(Payments).pay()).toBe('paid');
    expect(registry.circuitBreaker('payments').options).toMatchObject({
      successThreshold: 7,
      minimumThroughput: 9,
      breakDuration: 9_000,
      halfOpenMaxCalls: 4,
    });
    const [planned] = registry.plan().methods;
    expect(planned?.policies[0]?.options).toMatchObject({
      successThreshold: { origin: 'inline' },
      minimumThroughput: { origin: 'config' },
      breakDuration: { origin: 'config' },
      halfOpenMaxCalls: { origin: 'environment' },
    });
    await module.close();
  });

  it('may load the factory in its ConfigModule, too', async () => {
    const file = await folder.write('breakers.toml', '[breakers.payments]\nbreakDuration = "9s"\n');
    const config = circuitBreakerConfig({ base: { logger: false }, file });
    const module = await start(
      ConfigModule.forRoot({ load: [config], isGlobal: true, ignoreEnvFile: true }),
      CircuitBreakerModule.forRootAsync({ inject: [config.KEY], useFactory: (options: object) => options }),
    );
    expect(module.get(PolicyRegistry).circuitBreaker('payments').options.breakDuration).toBe(9_000);
    await module.close();
  });

  it('does not start with faults, and tells all of them', async () => {
    const file = await folder.write('breakers.json', { breakers: { payments: { failureRatio: 50 } }, strikt: true });
    variable('CIRCUIT_BREAKER__PAYMENTS__TIMEOUT', 'soon');
    const told = await message(start(CircuitBreakerModule.forRootAsync(circuitBreakerConfig({ file }).asProvider())));
    expect(told).toContain('3 faults');
    expect(told).toContain('breakers.json: breakers.payments.failureRatio: expected 0–1, got 50. Did you mean 0.5?');
    expect(told).toContain('breakers.json: strikt: unknown option "strikt", did you mean "strict"?');
    expect(told).toContain('CIRCUIT_BREAKER__PAYMENTS__TIMEOUT: expected a duration');
  });

  it('lets ConfigModule check the variables beside its own', async () => {
    variable('CIRCUIT_BREAKER__PAYMENTS__FAILURE_RATIO', '30');
    const checked = ConfigModule.forRoot({ validationSchema: circuitBreakerEnvironmentSchema, ignoreEnvFile: true });
    const told = await message(Promise.resolve(checked));
    expect(told).toContain('CIRCUIT_BREAKER__PAYMENTS__FAILURE_RATIO: expected 0–1');
    variable('CIRCUIT_BREAKER__PAYMENTS__FAILURE_RATIO', '0.3');
    const right = await ConfigModule.forRoot({
      validationSchema: circuitBreakerEnvironmentSchema,
      ignoreEnvFile: true,
    });
    const module = await start(right, CircuitBreakerModule.forRootAsync(circuitBreakerConfig().asProvider()));
    expect(module.get(PolicyRegistry).circuitBreaker('payments').options.failureRatio).toBe(0.3);
    await module.close();
  });

  it('follows its file while running', async () => {
    const sources = {
      base: { logger: false, breakers: { payments: { minimumThroughput: 9 } } },
      file: await folder.write('breakers.yaml', 'breakers: { payments: { breakDuration: 9s } }'),
      env: {},
    } as const;
    const module = await start(CircuitBreakerModule.forRootAsync(circuitBreakerConfig(sources).asProvider()));
    const registry = module.get(PolicyRegistry);
    const watcher = watchCircuitBreakerConfig(registry, sources);
    await watcher.settled();
    const told = new Promise((resolve) => void registry.on('updated', resolve));
    await folder.replace('breakers.yaml', 'breakers: { payments: { breakDuration: 20s } }');
    expect(await told).toMatchObject({ name: 'payments', changes: { breakDuration: 20_000 } });
    expect(registry.circuitBreaker('payments').options).toMatchObject({
      breakDuration: 20_000,
      minimumThroughput: 9,
      successThreshold: 7,
    });
    watcher.close();
    await module.close();
  });
});
