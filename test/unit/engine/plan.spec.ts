import { describe, expect, it } from '@jest/globals';

import { formatPlan } from '../../../lib/engine/index.js';
import { planOf } from '../../../lib/engine/plan.js';
import type { Plannable } from '../../../lib/engine/plan.js';

const limiter = (options: object, name = 'sms'): Plannable => ({ policy: 'rate_limiter', name, options });

interface Given {
  readonly enabled?: boolean;
  readonly methods?: Readonly<Record<string, readonly Plannable[]>>;
  readonly named?: readonly Plannable[];
  /** Breakers that have options of their own. */
  readonly configured?: readonly string[];
  readonly origins?: Readonly<Record<string, string>>;
}

const plan = ({ enabled = true, methods = {}, named = [], configured = [], origins }: Given) =>
  planOf({
    enabled,
    methods: new Map(Object.entries(methods)),
    named,
    source: { names: () => configured, originsOf: () => origins } as never,
  });

const valueOf = (value: unknown) => plan({ named: [limiter({ value })] }).others[0]?.options['value']?.value;
const names = (policies: readonly { policy: string; name: string }[] | undefined) =>
  policies?.map(({ policy, name }) => `${policy} ${name}`);

describe('a plan', () => {
  it('has the methods by name, and what guards none of them apart', () => {
    const [used, idle] = [limiter({}), limiter({}, 'idle')];
    const timeout: Plannable = { policy: 'timeout', name: 'sms' };
    const { enabled, methods, others } = plan({
      methods: { 'B.b': [used], 'A.a': [timeout, used], 'C.c': [] },
      named: [used, idle, timeout, { policy: 'retry', name: 'sms' }],
    });
    expect(enabled).toBe(true);
    expect(methods.map(({ operation }) => operation)).toEqual(['A.a', 'B.b', 'C.c']);
    expect(names(methods[0]?.policies)).toEqual(['timeout sms', 'rate_limiter sms']);
    expect(names(others)).toEqual(['rate_limiter idle', 'retry sms']);
    expect(plan({ enabled: false }).enabled).toBe(false);
  });

  it('tells the breakers of one key each by one, unless such a breaker has options of its own', () => {
    const breaker = (name: string): Plannable => ({
      policy: 'circuit_breaker',
      name,
      options: { failureThreshold: 2 },
    });
    const keyed: Plannable = {
      policy: 'circuit_breaker',
      name: 'pay',
      breakers: { options: { failureThreshold: 9 } },
    };
    const { methods, others } = plan({
      methods: { 'Shop.pay': [keyed], 'Shop.send': [limiter({}, 'sms')] },
      named: [breaker('pay:eu'), breaker('pay:us'), breaker('payments'), breaker('sms:eu'), breaker('my pay:eu')],
      configured: ['pay:us'],
    });
    expect(names(others)).toEqual([
      'circuit_breaker pay:us',
      'circuit_breaker payments',
      'circuit_breaker sms:eu',
      'circuit_breaker my pay:eu',
    ]);
    expect(methods[0]?.policies[0]).toEqual({
      policy: 'circuit_breaker',
      name: 'pay',
      isKeyed: true,
      options: { failureThreshold: { value: 9, origin: 'inline' } },
    });
    expect(others[0]?.isKeyed).toBe(false);
    expect(plan({ named: [{ ...keyed, breakers: { options: undefined } }] }).others[0]?.options).toEqual({});
  });

  it('says of each option where it came from, and takes for inline what nobody knows of', () => {
    const [policy] = plan({ named: [limiter({ limit: 5, interval: 1_000 })], origins: { limit: 'config' } }).others;
    expect(policy?.options).toEqual({
      limit: { value: 5, origin: 'config' },
      interval: { value: 1_000, origin: 'inline' },
    });
  });

  it('has values as plain JSON: what is none goes by its name', () => {
    class Gone extends Error {}
    const nameless = Object.defineProperty(() => 1, 'name', { value: 5 });
    const values = [
      null,
      true,
      'text',
      5,
      NaN,
      Infinity,
      1n,
      Symbol('s'),
      [Gone, () => 1],
      function judge() {},
      nameless,
      { by: Gone, or: [1, Infinity] },
    ];
    expect(values.map(valueOf)).toEqual([
      null,
      true,
      'text',
      5,
      'NaN',
      'Infinity',
      null,
      null,
      ['Gone', '(a function)'],
      'judge()',
      '(a function)',
      { by: 'Gone', or: [1, 'Infinity'] },
    ]);
    expect(valueOf(undefined)).toBeUndefined();
  });

  it('goes no deeper than three steps into a value', () => {
    expect(valueOf({ a: { b: { c: { d: 1 }, e: [2], f: 3 } } })).toEqual({ a: { b: { c: '…', e: '…', f: 3 } } });
    expect(valueOf([[[[1], 2]]])).toEqual([[['…', 2]]]);
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    expect(valueOf(loop)).toEqual({ loop: { loop: { loop: '…' } } });
  });

  it('can be changed by nobody, down to its last value', () => {
    const frozen = plan({
      methods: { 'A.a': [limiter({ list: [{ a: 1 }] })] },
      named: [limiter({ value: { b: [1] } }, 'other')],
    });
    const parts: unknown[] = [frozen];
    for (const part of parts) {
      expect(Object.isFrozen(part)).toBe(true);
      parts.push(...Object.values(part as object).filter((each) => typeof each === 'object'));
    }
    expect(parts.length).toBeGreaterThan(10);
  });
});

describe('a plan as text', () => {
  const text = (options: object, origins: Readonly<Record<string, string>> = {}, given: Given = {}) =>
    formatPlan(plan({ named: [limiter(options)], origins, ...given })).split('\n');

  it('has the options by origin, the strongest first, whatever came first', () => {
    const origins = ['default', 'defaults', 'preset:cache', 'inline', 'config', 'environment', 'update'];
    const options = Object.fromEntries(origins.map((_, index) => [`o${index}`, index]));
    const from = Object.fromEntries(origins.map((origin, index) => [`o${index}`, origin]));
    expect(text(options, from)).toEqual([
      'Besides',
      '  -  rate limiter "sms"',
      '     update: o6 6',
      '     environment: o5 5',
      '     config: o4 4',
      '     inline: o3 3',
      '     preset:cache: o2 2',
      '     defaults: o1 1',
      '     default: o0 0',
    ]);
  });

  it('leaves out what is off by default, and says what somebody else has switched off', () => {
    const options = { enabled: true, budget: null, on: [], limit: 1 };
    const from = (origin: string) => Object.fromEntries(Object.keys(options).map((option) => [option, origin]));
    expect(text(options, from('default')).slice(2)).toEqual(['     default: limit 1']);
    expect(text({ preset: '', on: [RangeError] }, { preset: 'default', on: 'default' }).slice(2)).toEqual([
      '     default: preset , on RangeError',
    ]);
    expect(text(options, from('config')).slice(2)).toEqual(['     config: enabled true, budget off, on none, limit 1']);
  });

  it('has durations in the largest unit that goes into them, and other numbers as they are', () => {
    const options = {
      duration: 7_200_000,
      breakDuration: 90_000,
      timeout: 60_000,
      interval: 1_500,
      maxWait: 3_000,
      maxElapsed: 0.5,
      maxAge: 1_000,
      delayed: 5_000,
      halfOpenDelay: 999,
      limit: 60_000,
      wait: 0,
    };
    expect(text(options).slice(2).join('\n').replaceAll('\n      ', '')).toBe(
      '     inline: duration 2 h, breakDuration 90 s, timeout 1 min, interval 1500 ms, maxWait 3 s, maxElapsed 0.5 ms,' +
        ' maxAge 1 s, delayed 5000, halfOpenDelay 999 ms, limit 60000, wait 0 ms',
    );
  });

  it('has lists and nested options in one line', () => {
    expect(text({ on: [RangeError, null, 5], budget: { ratio: 0.5, maxWait: 1_000, by: {} }, delay: [100] })[2]).toBe(
      '     inline: on RangeError | off | 5, budget (ratio 0.5, maxWait 1 s, by ()), delay 100',
    );
  });

  it('breaks a long line between two options, at 110 characters', () => {
    const fits = text({ a: 'x'.repeat(45), b: 'y'.repeat(45), c: 'z' }).slice(2);
    expect(fits).toEqual([`     inline: a ${'x'.repeat(45)}, b ${'y'.repeat(45)},`, '       c z']);
    expect(fits[0]).toHaveLength(110);
    expect(text({ a: 'x'.repeat(45), b: 'y'.repeat(46) }).slice(2)).toEqual([
      `     inline: a ${'x'.repeat(45)},`,
      `       b ${'y'.repeat(46)}`,
    ]);
    expect(text({ a: 'x'.repeat(200), b: 1 }).slice(2)).toEqual([`     inline: a ${'x'.repeat(200)},`, '       b 1']);
  });

  it('numbers the policies of a method, with an empty line between methods and none at the end', () => {
    const keyed: Plannable = { policy: 'circuit_breaker', name: 'pay', breakers: { options: { limit: 1 } } };
    const methods = {
      'A.a': [{ policy: 'fallback', name: 'A.a' } as const, keyed],
      'B.b': [{ policy: 'rate_limiter', name: 'sms' } as const],
    };
    const lines = (given: Given) => formatPlan(plan({ methods, ...given })).split('\n');
    const guarded = [
      'A.a',
      '  1. fallback',
      '  2. circuit breaker "pay", one for each key',
      '     inline: limit 1',
      '',
      'B.b',
      '  1. rate limiter "sms"',
    ];
    expect(lines({})).toEqual(guarded);
    expect(lines({ enabled: false })).toEqual(['Switched off: every policy passes calls through.', '', ...guarded]);
    expect(lines({ named: [{ policy: 'retry', name: 'slow' }] })).toEqual([
      ...guarded,
      '',
      'Besides',
      '  -  retry "slow"',
    ]);
  });
});
