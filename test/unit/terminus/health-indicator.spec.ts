import { beforeEach, describe, expect, it } from '@jest/globals';

import { createRegistry } from '../../../lib/options/index.js';
import { CircuitBreakerHealthIndicator } from '../../../lib/terminus/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});

function health(breakers: Record<string, object>) {
  const registry = createRegistry({ breakers }, { clock });
  for (const name of Object.keys(breakers)) registry.circuitBreaker(name);
  return { registry, indicator: new CircuitBreakerHealthIndicator(registry) };
}

const names = (answer: { readonly breakers?: object }): string[] => Object.keys(answer.breakers ?? {});

describe('check', () => {
  it('is up and green while there is no breaker', () => {
    const { indicator } = health({});
    expect(indicator.check('circuits')).toEqual({ circuits: { status: 'up', color: 'green', breakers: {} } });
  });

  it('is up and green while every breaker is closed', () => {
    const { indicator } = health({ payments: {}, quotes: {} });
    expect(indicator.check('circuits').circuits).toMatchObject({
      status: 'up',
      color: 'green',
      breakers: { payments: { state: 'closed', color: 'green' }, quotes: { state: 'closed', color: 'green' } },
    });
  });

  it.each([
    { initialState: 'open', critical: true, state: 'open', status: 'down', color: 'red', own: 'red' },
    { initialState: 'isolated', critical: true, state: 'isolated', status: 'down', color: 'red', own: 'red' },
    { initialState: 'open', critical: false, state: 'open', status: 'degraded', color: 'yellow', own: 'red' },
    { initialState: 'isolated', critical: false, state: 'isolated', status: 'degraded', color: 'yellow', own: 'red' },
    { initialState: 'metrics_only', critical: true, state: 'metrics_only', status: 'degraded', color: 'yellow', own: 'yellow' },
    { initialState: 'disabled', critical: true, state: 'disabled', status: 'degraded', color: 'yellow', own: 'yellow' },
  ])('is $status and $color with a breaker that is $state and critical: $critical', (row) => {
    const { initialState, critical, state, status, color, own } = row;
    const { indicator } = health({ quotes: {}, payments: { initialState, critical } });
    expect(indicator.check('circuits').circuits).toMatchObject({
      status,
      color,
      breakers: { payments: { state, color: own, critical } },
    });
  }); // prettier-ignore

  it('is degraded and yellow with a breaker that is half open', () => {
    const { registry, indicator } = health({ payments: { initialState: 'open', breakDuration: 1_000 } });
    return clock.advance(1_000).then(() => {
      using _probe = registry.circuitBreaker('payments').acquire();
      expect(indicator.check('circuits').circuits).toMatchObject({
        status: 'degraded',
        color: 'yellow',
        breakers: { payments: { state: 'half_open', color: 'yellow' } },
      });
    });
  });

  it('is down with a red critical breaker whatever the others are', () => {
    const { indicator } = health({
      cache: { initialState: 'open', critical: false },
      trial: { initialState: 'metrics_only' },
      payments: { initialState: 'open' },
    });
    expect(indicator.check('circuits').circuits.status).toBe('down');
  });

  it('is degraded at most with whenOpen: degraded', () => {
    const { indicator } = health({ payments: { initialState: 'open' } });
    expect(indicator.check('circuits', { whenOpen: 'degraded' }).circuits).toMatchObject({
      status: 'degraded',
      color: 'yellow',
      breakers: { payments: { color: 'red' } },
    });
  });

  it('says when the next attempt may pass, and how the window stands', async () => {
    const { registry, indicator } = health({ payments: { failureThreshold: 1, breakDuration: 30_000 } });
    const failing = registry.circuitBreaker('payments').execute(() => Promise.reject(new Error('card 4711')));
    await expect(failing).rejects.toThrow('card 4711');
    await clock.advance(10_000);
    const { payments } = indicator.check('circuits').circuits.breakers ?? {};
    expect(payments).toEqual({
      state: 'open',
      color: 'red',
      critical: true,
      since: new Date('2026-01-01T00:00:00Z'),
      retryAfter: 20_000,
      nextAttemptAt: new Date('2026-01-01T00:00:30Z'),
      successRate: 0,
      calls: 1,
      failures: 1,
    });
  });

  it('changes no state: a breaker whose break is over still reads open', async () => {
    const { registry, indicator } = health({ payments: { initialState: 'open', breakDuration: 1_000 } });
    await clock.advance(5_000);
    const before = JSON.stringify(registry);
    expect(indicator.check('circuits').circuits).toMatchObject({
      status: 'down',
      breakers: { payments: { state: 'open', retryAfter: 0 } },
    });
    expect(JSON.stringify(registry)).toBe(before);
  });

  it('makes no breaker that only names', () => {
    const { registry, indicator } = health({});
    indicator.check('circuits', { only: ['payments'] });
    expect(registry.summary().total).toBe(0);
  });

  it('keeps names and states out of the answer with details: false', () => {
    const { indicator } = health({ payments: { initialState: 'open' } });
    const answer = indicator.check('circuits', { details: false });
    expect(answer).toEqual({ circuits: { status: 'down', color: 'red' } });
  });

  it('survives a breaker named like a prototype', () => {
    const { registry, indicator } = health({});
    registry.circuitBreaker('constructor').isolate();
    expect(indicator.check('circuits').circuits.breakers).toHaveProperty('constructor.state', 'isolated');
    expect(indicator.checkEach()).toHaveProperty('constructor.status', 'down');
  });
});

describe('which breakers count', () => {
  const three = {
    payments: { tags: ['money', 'remote'] },
    quotes: { tags: ['remote'] },
    cache: { initialState: 'open' },
  };

  it.each([
    [{ only: ['payments', 'quotes'] }, ['payments', 'quotes'], 'up'],
    [{ except: ['cache'] }, ['payments', 'quotes'], 'up'],
    [{ except: ['quotes'] }, ['payments', 'cache'], 'down'],
    [{ tags: ['money'] }, ['payments'], 'up'],
    [{ tags: ['money', 'remote'] }, ['payments', 'quotes'], 'up'],
    [{ tags: ['remote'], except: ['quotes'] }, ['payments'], 'up'],
    [{ only: ['cache'], except: ['cache'] }, [], 'up'],
    [{ only: [] }, [], 'up'],
    [{ only: ['pay'] }, [], 'up'],
  ] as const)('%j leaves %j and is %s', (options, left, status) => {
    const { indicator } = health(three);
    const answer = indicator.check('circuits', options).circuits;
    expect(names(answer)).toEqual(left);
    expect(answer.status).toBe(status);
  });

  it('a name stands for its keyed breakers', () => {
    const { registry, indicator } = health({ payments: {} });
    registry.circuitBreaker('payments:eu').isolate();
    expect(names(indicator.check('circuits', { only: ['payments'] }).circuits)).toEqual(['payments', 'payments:eu']);
    expect(indicator.check('circuits', { except: ['payments'] }).circuits.status).toBe('up');
  });
});

describe('checkEach', () => {
  it('answers with one key a breaker, each with its own status', () => {
    const { indicator } = health({
      payments: { initialState: 'open' },
      cache: { initialState: 'open', critical: false },
      quotes: {},
    });
    expect(indicator.checkEach()).toMatchObject({
      payments: { status: 'down', color: 'red', state: 'open' },
      cache: { status: 'degraded', color: 'red', state: 'open' },
      quotes: { status: 'up', color: 'green', state: 'closed' },
    });
  });

  it('takes the same options', () => {
    const { indicator } = health({ payments: { initialState: 'open' }, quotes: {} });
    const options = { only: ['payments'], details: false, whenOpen: 'degraded' } as const;
    expect(indicator.checkEach(options)).toEqual({ payments: { status: 'degraded', color: 'red' } });
  });
});
