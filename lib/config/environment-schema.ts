import { faultsIn, withOverlays } from '../options/index.js';
import { readEnvironment } from './environment.js';
import type { Environment } from './environment.js';

type Verdict =
  | { readonly value: Environment; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[] };

/** A Standard Schema (https://standardschema.dev, version 1) of variables. */
export interface EnvironmentSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'nest-circuit-breaker';
    readonly validate: (value: unknown) => Verdict;
    readonly types?: { readonly input: Environment; readonly output: Environment };
  };
}

/**
 * Checks the variables of this package, for `ConfigModule.forRoot({ validationSchema: circuitBreakerEnvironmentSchema })`.
 * It passes all variables on as they are.
 */
export const circuitBreakerEnvironmentSchema: EnvironmentSchema = Object.freeze({
  '~standard': Object.freeze({
    version: 1 as const,
    vendor: 'nest-circuit-breaker' as const,
    validate: (value: unknown): Verdict => {
      const env = (value ?? {}) as Environment;
      const { options, at, faults } = readEnvironment(env, new Map());
      const issues = [...faults, ...faultsIn(withOverlays({}, [{ origin: 'environment', options, at }]))];
      return issues.length === 0
        ? { value: env }
        : { issues: issues.map(({ path, message }) => ({ path: [path], message: `${path}: ${message}` })) };
    },
  }),
});
