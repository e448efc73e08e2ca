import { describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Injectable } from '@nestjs/common';
import { CircuitBreaker, Retry } from 'nest-circuit-breaker';
import type { PolicyRegistry } from 'nest-circuit-breaker';

import { Log, start } from '../../fixtures/application.js';

const failing = async (): Promise<never> => {
  throw new Error('a secret 4711');
};

async function trip(registry: PolicyRegistry, name = 'payments'): Promise<void> {
  const breaker = registry.circuitBreaker(name);
  while (breaker.state === 'closed') await breaker.execute(failing).catch(() => undefined);
}

async function refuse(registry: PolicyRegistry, times: number, name = 'payments'): Promise<void> {
  for (let call = 0; call < times; call++)
    await registry
      .circuitBreaker(name)
      .execute(failing)
      .catch(() => undefined);
}

describe('the log', () => {
  it('tells of each transition once', async () => {
    const { module, registry, clock, log } = await start({});
    await trip(registry);
    await clock.advance(30_000);
    const breaker = registry.circuitBreaker('payments');
    await breaker.execute(async () => 1);
    await breaker.execute(async () => 1);
    expect(log.lines.map(([level, text]) => `${level}: ${text}`)).toEqual([
      expect.stringMatching(/^warn: Circuit breaker "payments" opened \(.+\): refuses calls for 30 s$/),
      expect.stringMatching(/^log: Circuit breaker "payments" half-opened/),
      expect.stringMatching(/^log: Circuit breaker "payments" closed/),
    ]);
    await module.close();
  });

  it('[C66] sums up refusals, every ten seconds while there are any', async () => {
    const { module, registry, clock, log } = await start({
      options: { breakers: { payments: { breakDuration: '1m' } } },
    });
    await trip(registry);
    await refuse(registry, 1_204);
    expect(log.texts('warn')).toHaveLength(1);
    await clock.advance(10_000);
    expect(log.texts('warn').slice(1)).toEqual(['Circuit breaker "payments": 1,204 calls refused in 10 s']);
    await clock.advance(10_000);
    await refuse(registry, 1);
    await clock.advance(10_000);
    expect(log.texts('warn').slice(2)).toEqual(['Circuit breaker "payments": 1 call refused in 10 s']);
    await module.close();
  });

  it('says what was refused last when the circuit closes, and keeps no timer afterwards', async () => {
    const { module, registry, clock, log } = await start({});
    await trip(registry);
    await refuse(registry, 3);
    registry.circuitBreaker('payments').close();
    expect(log.texts('warn')[1]).toBe('Circuit breaker "payments": 3 calls refused in 1 s');
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
    await module.close();
  });

  it('says what is still unsaid at shutdown, and falls silent', async () => {
    const { module, registry, clock, log } = await start({});
    await trip(registry);
    await refuse(registry, 2);
    await module.close();
    expect(log.texts().at(-1)).toBe('Circuit breaker "payments": 2 calls refused in 1 s');
    expect(clock.pending).toBe(0);
    const said = log.lines.length;
    registry.circuitBreaker('payments').reset();
    expect(log.lines).toHaveLength(said);
  });

  it('counts afresh after a reset', async () => {
    const { module, registry, clock, log } = await start({});
    await trip(registry);
    await refuse(registry, 5);
    registry.circuitBreaker('payments').reset();
    await trip(registry);
    await refuse(registry, 2);
    await clock.advance(10_000);
    expect(log.texts().at(-1)).toContain('2 calls refused in 10 s');
    await module.close();
  });

  it('sums up what bulkheads and rate limiters refuse, too, and says the rest at shutdown', async () => {
    const { module, registry, clock, log } = await start({
      options: { bulkheads: { reports: { maxConcurrent: 1 } }, rateLimiters: { quota: { limit: 1, interval: '1h' } } },
    });
    const end = new AbortController();
    const bulkhead = registry.bulkhead('reports');
    const quota = registry.rateLimiter('quota');
    const held = bulkhead.execute(() => new Promise((resolve) => end.signal.addEventListener('abort', resolve)));
    await quota.execute(async () => 1);
    const refused = (policy: typeof bulkhead | typeof quota) => policy.execute(async () => 1).catch(() => undefined);
    await clock.advance(60_000);
    expect([log.texts(), clock.pending]).toEqual([[], 0]);
    for (let call = 0; call < 3; call++) await refused(bulkhead);
    await clock.advance(4_000);
    await refused(quota);
    expect(log.texts()).toEqual([]);
    await clock.advance(6_000);
    expect(log.texts('warn')).toEqual([
      'Bulkhead "reports": 3 calls refused in 10 s',
      'Rate limiter "quota": 1 call refused in 6 s',
    ]);
    expect(clock.pending).toBe(0);
    await refused(quota);
    end.abort();
    await held;
    await module.close();
    expect(log.texts('warn').slice(2)).toEqual(['Rate limiter "quota": 1 call refused in 1 s']);
    expect(registry.scope.onTurnedAway).toBeNull();
  });

  it('strips control characters from names and from what operators say', async () => {
    const { module, registry, log } = await start({});
    registry.circuitBreaker('payments').isolate({ reason: 'x\r\nWARN forged\u001b[2J\u202e' });
    expect(log.texts()).toEqual([expect.stringContaining('isolated (x WARN forged [2J )')]);
    await module.close();
  });

  it('tells who did by hand what was done so, and why', async () => {
    const { module, registry, log } = await start({});
    const breaker = registry.circuitBreaker('payments');
    const manual = { actor: 'ann', reason: 'drill' };
    breaker.isolate(manual);
    breaker.close(manual);
    breaker.reset(manual);
    registry.update('payments', { failureRatio: 0.3 }, manual);
    expect(log.texts()).toEqual([
      'Circuit breaker "payments" isolated by ann (drill)',
      'Circuit breaker "payments" closed by ann (drill)',
      'Circuit breaker "payments" reset by ann (drill)',
      'Circuit breaker "payments" updated by ann: failureRatio (drill)',
    ]);
    await module.close();
  });

  it('tells of faults in callbacks, which change nothing else', async () => {
    @Injectable()
    class Shop {
      @Retry({
        retryOn: () => {
          throw new Error('a fault of ours');
        },
      })
      @CircuitBreaker()
      async buy(): Promise<void> {
        throw new Error('down');
      }
    }
    const { module, log } = await start({ providers: [Shop] });
    await expect(module.get(Shop).buy()).rejects.toThrow('down');
    expect(log.texts('error')).toEqual([expect.stringContaining('a fault of ours')]);
    await module.close();
  });

  it("with 'debug' tells every decision, through Nest's Logger", async () => {
    const nests = new Log();
    const { module, registry } = await start({ options: { logger: 'debug' } });
    module.useLogger(nests);
    await trip(registry);
    await refuse(registry, 1);
    await module.close();
    expect(nests.texts('debug')).toEqual([
      ...Array.from({ length: 5 }, () => expect.stringMatching(/^Circuit breaker "payments" failed: 0 ms, Error$/)),
      'Circuit breaker "payments" refused',
    ]);
    expect(nests.texts('warn')).toEqual([expect.stringContaining('opened')]);
    expect(nests.texts().join()).not.toContain('4711'); // [C64]
  });

  it("writes one line a transition through Nest's console logger", async () => {
    const written: string[] = [];
    class Console extends ConsoleLogger {
      protected override printMessages(messages: unknown[], context?: string): void {
        written.push(...messages.map((message) => `[${context}] ${String(message)}`));
      }
    }
    const { module, registry } = await start({ options: { logger: true } });
    module.useLogger(new Console());
    await trip(registry);
    await module.close();
    expect(written).toEqual([expect.stringMatching(/^\[CircuitBreaker\] Circuit breaker "payments" opened/)]);
  });

  it('with false tells nothing', async () => {
    const nests = new Log();
    const { module, registry } = await start({ options: { logger: false } });
    module.useLogger(nests);
    await trip(registry);
    await module.close();
    expect(nests.lines).toEqual([]);
  });
});
