import { circuitBreakerJsonSchema } from './json-schema.js';
import type { JsonSchema } from './json-schema.js';
import type { CircuitBreakerModuleOptions } from './module-input.js';
import { faultsIn } from './parse-options.js';

/** What {@link circuitBreakerOptionsSchema} answers: the options, or what is wrong with them. */
export type OptionsVerdict =
  | { readonly value: CircuitBreakerModuleOptions; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[] };

/** A Standard Schema (https://standardschema.dev, version 1), with a JSON Schema of what it takes. */
export interface CircuitBreakerOptionsSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'nest-circuit-breaker';
    readonly validate: (value: unknown) => OptionsVerdict;
    readonly jsonSchema: { readonly input: () => JsonSchema; readonly output: () => JsonSchema };
    readonly types?: { readonly input: CircuitBreakerModuleOptions; readonly output: CircuitBreakerModuleOptions };
  };
}

/** The module's options for whoever takes a Standard Schema. It passes options on as they are; it never throws. */
export const circuitBreakerOptionsSchema: CircuitBreakerOptionsSchema = Object.freeze({
  '~standard': Object.freeze({
    version: 1 as const,
    vendor: 'nest-circuit-breaker' as const,
    validate: (value: unknown): OptionsVerdict => {
      const faults = faultsIn(value);
      return faults.length === 0
        ? { value: (value ?? {}) as CircuitBreakerModuleOptions }
        : {
            issues: faults.map(({ path, message }) => ({
              path: [path],
              message: path === '' ? message : `${path}: ${message}`,
            })),
          };
    },
    jsonSchema: Object.freeze({ input: circuitBreakerJsonSchema, output: circuitBreakerJsonSchema }),
  }),
});
