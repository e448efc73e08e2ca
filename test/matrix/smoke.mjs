// The same application, where the package's own modules were imported before anybody requires them.
import 'reflect-metadata';
import * as library from 'nest-circuit-breaker';
import * as terminus from 'nest-circuit-breaker/terminus';
import { createRequire } from 'node:module';
import { strict as assert } from 'node:assert';

const require = createRequire(import.meta.url);
assert.equal(require('nest-circuit-breaker').CircuitBreakerModule, library.CircuitBreakerModule, 'one copy either way');
assert.equal(require('nest-circuit-breaker/terminus').CircuitBreakerHealthModule, terminus.CircuitBreakerHealthModule);
await require('./smoke.cjs').smoke(process.argv[2]);
console.log(`Node ${process.version}`);
