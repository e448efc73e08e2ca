import { describe, expect, it } from '@jest/globals';

import { LayeredOptions, PRESETS } from '../../../lib/options/index.js';
import { complaints } from './faults.js';

const resolve = (options: object, name = 'b') =>
  new LayeredOptions(options).resolve('circuit_breaker', name, undefined, undefined);

describe('a built-in preset', () => {
  it.each([
    ['critical-api', 0.35, 15, 60_000, 45_000],
    ['database', 0.65, 20, 20_000, 90_000],
    ['cache', 0.85, 25, 10_000, 45_000],
    ['external-api', 0.5, 10, 120_000, 90_000],
    ['file-system', 0.75, 15, 30_000, 45_000],
  ])(
    '%s judges by share: %d of at least %d',
    (preset, failureRatio, minimumThroughput, breakDuration, samplingDuration) => {
      expect(resolve({ breakers: { b: { preset } } })).toMatchObject({
      preset, failureRatio, minimumThroughput, breakDuration, samplingDuration, failureThreshold: null, successThreshold: 2,
    }); // prettier-ignore
    },
  );

  it.each([
    ['critical', 10, 30_000, 3],
    ['important', 5, 60_000, 2],
    ['standard', 3, 120_000, 1],
  ])('%s judges by %d failures in a row', (preset, failureThreshold, breakDuration, successThreshold) => {
    expect(resolve({ breakers: { b: { preset } } })).toMatchObject({
      preset, failureThreshold, breakDuration, successThreshold, failureRatio: null,
    }); // prettier-ignore
  });

  it('is one of eight', () => {
    expect(Object.keys(PRESETS)).toHaveLength(8);
  });

  it('may be redefined on top of itself', () => {
    const presets = { database: { preset: 'database', timeout: '1s' } };
    expect(resolve({ presets, breakers: { b: { preset: 'database' } } })).toMatchObject({
      timeout: 1_000,
      failureRatio: 0.65,
    });
  });
});

describe('a preset of one’s own', () => {
  it('may build on another, and on a built-in one', () => {
    const presets = { flaky: { preset: 'patient', failureRatio: 0.8 }, patient: { preset: 'database', timeout: '9s' } };
    expect(resolve({ presets, breakers: { b: { preset: 'flaky', successThreshold: 4 } } })).toMatchObject({
      preset: 'flaky',
      failureRatio: 0.8,
      timeout: 9_000,
      minimumThroughput: 20,
      samplingDuration: 90_000,
      successThreshold: 4,
    });
  });

  it('may not build on itself, however far round; the circle is told once', () => {
    expect(complaints({ presets: { a: { preset: 'a' } } })).toEqual([
      'presets.a.preset: presets build on each other in a circle: a → a',
    ]);
    const presets = { c: { preset: 'a' }, a: { preset: 'b' }, b: { preset: 'c' }, d: { preset: 'b' } };
    expect(complaints({ presets, breakers: { x: { preset: 'd' } } })).toEqual([
      'presets.a.preset: presets build on each other in a circle: a → b → c → a',
    ]);
  });

  it('that nobody knows is refused with the nearest', () => {
    expect(complaints({ breakers: { b: { preset: 'external_api' } } })).toEqual([
      'breakers.b.preset: unknown preset "external_api", did you mean "external-api"?',
    ]);
    expect(complaints({ presets: { mine: {} }, defaults: { preset: 'zzz' } })).toEqual([
      'defaults.preset: unknown preset "zzz", expected one of mine, critical-api, database, cache, external-api, file-system, critical, important, standard',
    ]);
  });

  it('that has a fault is not unknown as well', () => {
    expect(complaints({ presets: { mine: { timeout: 0 } }, breakers: { b: { preset: 'mine' } } })).toHaveLength(1);
  });

  it('is judged even where no breaker uses it', () => {
    expect(complaints({ presets: { mine: { samplingSize: 5, minimumThroughput: 6 } } })).toHaveLength(1);
  });
});
