import { expect, it } from '@jest/globals';
import type { CircuitBreakerSnapshot } from 'nest-circuit-breaker/engine';

import { describeBreaker, healthOf } from '../../../lib/terminus/health-answer.js';
import { makeBreaker } from '../../fixtures/breaker.js';

const inFleet = (connected: boolean, isolated = false): CircuitBreakerSnapshot => {
  const { breaker } = makeBreaker();
  if (isolated) breaker.isolate();
  const fleet = { closed: 3, open: 1, half_open: 0, isolated: 0, disabled: 0, metrics_only: 0 };
  const cluster = { incarnation: 'i', epoch: 3, cause: 'cluster', votes: 2, instances: 4, connected, fleet } as const;
  return { ...breaker.snapshot(), cluster };
};

it('a breaker cut off from its fleet is degraded, never down', () => {
  expect(healthOf(inFleet(true))).toBe('up');
  expect(healthOf(inFleet(false))).toBe('degraded');
  expect(healthOf(inFleet(false, true))).toBe('down'); // it is isolated, which is another matter
});

it('tells whose opening it is, and how many said so', () => {
  expect(describeBreaker(inFleet(true)).cluster).toMatchObject({
    cause: 'cluster',
    votes: 2,
    instances: 4,
    connected: true,
    fleet: { closed: 3, open: 1 },
  });
  expect(describeBreaker(makeBreaker().breaker.snapshot())).not.toHaveProperty('cluster');
});
