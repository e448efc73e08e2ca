import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

import { circuitBreakerJsonSchema, parseOptions } from '../../../lib/options/index.js';

const check = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(circuitBreakerJsonSchema());

/** Where an editor underlines something. */
function underlined(file: string): string[] {
  check(parse(file));
  return [
    ...new Set((check.errors ?? []).map(({ instancePath, params }) => [instancePath, ...unknownIn(params)].join('/'))),
  ];
}

const unknownIn = (params: Record<string, unknown>): string[] =>
  typeof params['additionalProperty'] === 'string' ? [params['additionalProperty']] : [];

const GOOD = `
$schema: ./node_modules/nest-circuit-breaker/dist/circuit-breaker.schema.json
enabled: true
strict: false
drain: 5s
defaults: { timeout: 2s, minimumThroughput: 10 }
presets:
  flaky: { preset: external-api, failureRatio: 0.8, failureThreshold: false }
breakers:
  payments: { preset: flaky, breakDuration: 20s, samplingSize: 50, tags: [money, core], adaptive: true, parent: bank }
  bank: { slowCallDuration: 1500, slowCallRatio: 0.4, childrenOpenRatio: 0.5, critical: false, initialState: metrics_only }
retries: { gentle: { maxAttempts: 3, backoff: linear, jitter: none, budget: 0.1 }, eager: { budget: false } }
timeouts: { quick: 250ms, slow: { duration: 30s, enabled: false } }
bulkheads: { places: 10, queue: { maxConcurrent: 2, maxQueue: 5, queueTimeout: 1s } }
rateLimiters: { some: { limit: 5, interval: 1m, burst: 8, maxWait: 2s } }
`;

describe('the schema in an editor', () => {
  it('finds nothing wrong with a right file, which the parser takes too', () => {
    expect(underlined(GOOD)).toEqual([]);
    expect(() => parseOptions(parse(GOOD))).not.toThrow();
  });

  it.each([
    ['an unknown section', 'breaker: {}', '/breaker'],
    ['an unknown option', 'breakers: { payments: { failureTreshold: 5 } }', '/breakers/payments/failureTreshold'],
    ['a share over 1', 'breakers: { payments: { failureRatio: 50 } }', '/breakers/payments/failureRatio'],
    ['a duration in parsecs', 'defaults: { timeout: 3 parsecs }', '/defaults/timeout'],
    ['a count of none', 'retries: { gentle: { maxAttempts: 0 } }', '/retries/gentle/maxAttempts'],
    ['a state that is none', 'breakers: { a: { initialState: ajar } }', '/breakers/a/initialState'],
    ['what only code can say', 'breakers: { a: { classify: x } }', '/breakers/a/classify'],
    ['a breaker in short', 'breakers: { a: 5 }', '/breakers/a'],
    ['nothing where something is expected', 'breakers: { a: { timeout: null } }', '/breakers/a/timeout'],
  ])('underlines %s, which the parser refuses too', (_, file, place) => {
    expect(underlined(file)).toContain(place);
    expect(() => parseOptions(parse(file))).toThrow('Invalid options');
  });

  it('is written by the build to where the package offers it', () => {
    const { exports, scripts } = JSON.parse(
      readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8'),
    ) as { exports: Record<string, string>; scripts: Record<string, string> };
    const file = './dist/circuit-breaker.schema.json';
    expect(exports['./schema.json']).toBe(file);
    expect(scripts['build']).toContain('npm run schema');
    expect(scripts['schema']).toContain(file.slice(2));
  });
});
