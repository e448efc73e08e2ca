import { describe, expect, it } from '@jest/globals';

import { compose } from '../../../lib/engine/index.js';
import type { Executor, NamedPolicyKind, PolicyRegistry } from '../../../lib/engine/index.js';
import { createRegistry, fallback } from '../../../lib/options/index.js';
import type { CircuitBreakerModuleOptions } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

interface Kind {
  readonly kind: NamedPolicyKind;
  readonly section: 'breakers' | 'retries' | 'timeouts' | 'bulkheads' | 'rateLimiters';
  readonly options: Readonly<Record<string, unknown>>;
  readonly find: (registry: PolicyRegistry) => Executor;
  /** Whether the policy does its work on the next calls. */
  readonly works: (policy: Executor, clock: ManualClock) => Promise<boolean>;
}

const boom = (): Promise<never> => Promise.reject(new Error('down'));
const codeOf = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: { readonly code?: string }) => error.code,
  );

const KINDS: readonly Kind[] = [
  {
    kind: 'circuit_breaker',
    section: 'breakers',
    options: { failureThreshold: 1, breakDuration: '1h' },
    find: (registry) => registry.circuitBreaker('it'),
    works: async (policy) => {
      await codeOf(policy.execute(boom));
      return (await codeOf(policy.execute(boom))) === 'ERR_CIRCUIT_OPEN';
    },
  },
  {
    kind: 'retry',
    section: 'retries',
    options: { maxAttempts: 2, delay: 0 },
    find: (registry) => registry.retry('it'),
    works: async (policy, clock) => {
      let tries = 0;
      const ended = codeOf(policy.execute(() => (tries++, boom())));
      await clock.advance(1);
      await ended;
      return tries === 2;
    },
  },
  {
    kind: 'timeout',
    section: 'timeouts',
    options: { duration: 10 },
    find: (registry) => registry.timeout('it'),
    works: async (policy, clock) => {
      let end = (): void => undefined;
      const ended = codeOf(policy.execute(() => new Promise<void>((resolve) => (end = resolve))));
      await clock.advance(10);
      end();
      return (await ended) === 'ERR_CALL_TIMEOUT';
    },
  },
  {
    kind: 'bulkhead',
    section: 'bulkheads',
    options: { maxConcurrent: 1 },
    find: (registry) => registry.bulkhead('it'),
    works: async (policy) => {
      let end = (): void => undefined;
      const first = policy.execute(() => new Promise<void>((resolve) => (end = resolve)));
      const second = await codeOf(policy.execute(() => 'second'));
      end();
      await first;
      return second === 'ERR_BULKHEAD_FULL';
    },
  },
  {
    kind: 'rate_limiter',
    section: 'rateLimiters',
    options: { limit: 1, interval: '1h' },
    find: (registry) => registry.rateLimiter('it'),
    works: async (policy) => {
      await codeOf(policy.execute(() => 'first'));
      return (await codeOf(policy.execute(() => 'second'))) === 'ERR_RATE_LIMITED';
    },
  },
];

function fixture({ section, options, find }: Kind, own: object = {}, all: CircuitBreakerModuleOptions = {}) {
  const clock = new ManualClock();
  const registry = createRegistry({ ...all, [section]: { it: { ...options, ...own } } }, { clock });
  return { clock, registry, policy: find(registry) };
}

describe.each(KINDS)('a $kind', (kind) => {
  const { works } = kind;

  it('does its work unless it is told otherwise', async () => {
    const { policy, clock } = fixture(kind);
    expect(await works(policy, clock)).toBe(true);
  });

  it('that is switched off by its options lets calls pass', async () => {
    const { policy, clock } = fixture(kind, { enabled: false });
    expect(await works(policy, clock)).toBe(false);
  });

  it('is switched off and on while it works', async () => {
    const { policy, clock, registry } = fixture(kind);
    registry.update('it', { enabled: false }, { kind: kind.kind });
    expect(await works(policy, clock)).toBe(false);
    registry.update('it', { enabled: undefined }, { kind: kind.kind });
    expect(await works(policy, clock)).toBe(true);
  });

  it('is switched off and on with all others', async () => {
    const { policy, clock, registry } = fixture(kind, {}, { enabled: false });
    expect(registry.enabled).toBe(false);
    expect(await works(policy, clock)).toBe(false);
    registry.enabled = true;
    expect(await works(policy, clock)).toBe(true);
    registry.enabled = false;
    expect(await works(policy, clock)).toBe(false);
  });

  it('that is switched off keeps the fallback above it', async () => {
    const { policy, registry } = fixture(kind);
    registry.enabled = false;
    const guarded = compose(
      fallback(() => 'instead'),
      policy as never,
    );
    expect(await guarded.execute(boom)).toBe('instead');
  });
});

it('a breaker that is switched off counts nothing, reads disabled, and is as it was when it is on again', async () => {
  const { registry } = fixture(KINDS[0] as Kind);
  const breaker = registry.circuitBreaker('it');
  await codeOf(breaker.execute(boom));
  registry.update('it', { enabled: false });
  await codeOf(breaker.execute(boom));
  expect(breaker.snapshot()).toMatchObject({ state: 'disabled', totals: { calls: 1, failures: 1 } });
  registry.update('it', { enabled: true });
  expect(breaker.state).toBe('open');
});
