import { describe, expect, it } from '@jest/globals';

import { circuitBreakerJsonSchema, circuitBreakerOptionsSchema, parseOptions } from '../../../lib/options/index.js';
import type { CircuitBreakerOptionsInput } from '../../../lib/options/index.js';

interface Node {
  readonly [key: string]: unknown;
  readonly properties: { readonly [option: string]: Node };
  readonly $defs: { readonly [name: string]: Node };
  readonly anyOf: readonly Node[];
}

const schema = circuitBreakerJsonSchema() as unknown as Node;
const breaker = schema.$defs['CircuitBreakerOptions'] as Node;
const every = (node: Node): readonly Node[] => [node, ...Object.values(node.$defs)];

describe('the JSON Schema', () => {
  it('knows every option that a file can say, and none that only code can', () => {
    const said: Required<CircuitBreakerOptionsInput> = {
      enabled: true, preset: 'cache', failureThreshold: 1, failureRatio: 1, slowCallDuration: 1, slowCallRatio: 1,
      minimumThroughput: 1, samplingDuration: 1, samplingSize: 1, breakDuration: 1, halfOpenMaxCalls: 1,
      successThreshold: 1, halfOpenTimeout: 1, timeout: 1, classify: undefined, ignoreErrors: undefined,
      recordErrors: undefined, settleOn: 'first', probe: undefined, probeInterval: 1, parent: 'p', childrenOpenRatio: 1,
      adaptive: true, critical: true, initialState: 'open', tags: [],
    }; // prettier-ignore
    const inFiles = Object.entries(said).flatMap(([option, value]) => (value === undefined ? [] : option));
    expect(Object.keys(breaker.properties)).toEqual(inFiles);
    expect(Object.keys(schema.properties)).not.toContain('clock');
  });

  it('refuses unknown options everywhere', () => {
    expect(every(schema).map((node) => node['additionalProperties'])).toEqual(every(schema).map(() => false));
  });

  it('describes every option, and says its default where there is one', () => {
    for (const { properties } of every(schema))
      for (const option of Object.values(properties)) expect(option['description']).toMatch(/\.$/);
    expect(breaker.properties).toMatchObject({ failureThreshold: { default: 5 }, breakDuration: { default: '30s' } });
  });

  it('takes a duration as ms or as text', () => {
    const [number, text] = (breaker.properties['samplingDuration'] as Node).anyOf;
    expect(number).toMatchObject({ type: 'number', maximum: 2 ** 31 - 1 });
    const pattern = new RegExp(String(text?.['pattern']));
    expect(['250', '30s', '1.5 h', '5 minutes'].filter((each) => !pattern.test(each))).toEqual([]);
    expect(['30 parsecs', '', '-5s', 's'].filter((each) => pattern.test(each))).toEqual([]);
  });

  it('takes time-outs and bulkheads in short, too', () => {
    const byName = (section: string) => (schema.properties[section] as Node)['additionalProperties'] as Node;
    expect(byName('timeouts').anyOf.map((each) => each['type'] ?? each['$ref'])).toEqual([
      'number',
      'string',
      '#/$defs/TimeoutOptions',
    ]);
    expect(byName('bulkheads').anyOf).toHaveLength(3);
    expect(byName('breakers')).toEqual({ $ref: '#/$defs/CircuitBreakerOptions' });
  });

  it('leaves no trace of how it was made', () => {
    expect(JSON.stringify(schema)).not.toMatch(/x-|usual|"like"/);
  });

  it('has no default that the parser refuses', () => {
    const defaults = Object.fromEntries(
      Object.entries(breaker.properties).flatMap(([option, node]) =>
        'default' in node && option !== 'slowCallRatio' ? [[option, node['default']]] : [],
      ),
    );
    expect(() => parseOptions({ defaults })).not.toThrow();
  });
});

describe('the Standard Schema', () => {
  const { validate, ...standard } = circuitBreakerOptionsSchema['~standard'];

  it('passes right options as they are', () => {
    const options = { breakers: { payments: { timeout: '2s' } } };
    expect(validate(options)).toEqual({ value: options });
    expect(validate(undefined)).toEqual({ value: {} });
  });

  it('lists what is wrong, with the path in the message', () => {
    expect(validate({ defaults: { failureRatio: 50 }, colour: 'red' })).toEqual({
      issues: [
        { path: ['defaults.failureRatio'], message: 'defaults.failureRatio: expected 0–1, got 50. Did you mean 0.5?' },
        { path: ['colour'], message: 'colour: unknown option "colour"' },
      ],
    });
  });

  it('is of version 1, with a JSON Schema', () => {
    expect(standard).toMatchObject({ version: 1, vendor: 'nest-circuit-breaker' });
    expect(standard.jsonSchema.input()).toEqual(circuitBreakerJsonSchema());
  });
});
