import { describe, expect, it } from '@jest/globals';

import { circuitBreakerConfig, circuitBreakerEnvironmentSchema } from '../../../lib/config/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import type { CircuitBreakerModuleOptions, OptionsError } from '../../../lib/options/index.js';
import type { CircuitBreakerOptions, PolicyRegistry } from '../../../lib/engine/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

async function registryOf(env: Environment, base: CircuitBreakerModuleOptions = {}): Promise<PolicyRegistry> {
  return createRegistry(await circuitBreakerConfig({ base, env })());
}

async function faultsOf(env: Environment, base: CircuitBreakerModuleOptions = {}): Promise<string[]> {
  return registryOf(env, base).then(
    () => [],
    (error: OptionsError) => error.faults.map(({ path, message }) => `${path}: ${message}`),
  );
}

const optionsOf = async (
  name: string,
  env: Environment,
  base?: CircuitBreakerModuleOptions,
): Promise<CircuitBreakerOptions> => (await registryOf(env, base)).circuitBreaker(name).options;

describe('a variable', () => {
  it.each(['stock-levels', 'stockLevels', 'stock_levels', 'Stock.Levels'])('finds the breaker "%s"', async (name) => {
    const env = { CIRCUIT_BREAKER__STOCK_LEVELS__TIMEOUT: '2s' };
    const registry = await registryOf(env, { breakers: { [name]: {} } });
    expect(registry.source.names('circuit_breaker')).toEqual([name]);
    expect(registry.circuitBreaker(name).options.timeout).toBe(2_000);
  });

  it('may spell a name in small letters, with hyphens and dots, where a shell lets it', async () => {
    const env = { 'CIRCUIT_BREAKER__stock.lev-els__TIMEOUT': '2s' };
    expect(await optionsOf('stock-levels', env, { breakers: { 'stock-levels': {} } })).toMatchObject({
      timeout: 2_000,
    });
  });

  it('that matches two names is a fault that says both', async () => {
    const base = { breakers: { 'stock-levels': {}, stockLevels: {} } };
    expect(await faultsOf({ CIRCUIT_BREAKER__STOCK_LEVELS__TIMEOUT: '2s' }, base)).toEqual([
      'CIRCUIT_BREAKER__STOCK_LEVELS__TIMEOUT: matches "stock-levels" and "stockLevels". ' +
        'Rename one of them, or say it in a file',
    ]);
  });

  it('that nobody knows makes a policy in kebab-case', async () => {
    const env = { CIRCUIT_BREAKER__NEW_ONE__TIMEOUT: '2s', CIRCUIT_BREAKER__RETRIES__VERY_GENTLE__MAX_ATTEMPTS: '7' };
    const registry = await registryOf(env);
    expect(registry.circuitBreaker('new-one').options.timeout).toBe(2_000);
    expect(registry.retry('very-gentle').options.maxAttempts).toBe(7);
  });

  it('reaches every section by its long form, also where the name is a reserved word', async () => {
    const env = {
      CIRCUIT_BREAKER__BREAKERS__DEFAULTS__TIMEOUT: '1s',
      CIRCUIT_BREAKER__BREAKERS__ENABLED__TIMEOUT: '2s',
      CIRCUIT_BREAKER__TIMEOUTS__QUICK__DURATION: '3s',
      CIRCUIT_BREAKER__BULKHEADS__PLACES__MAX_CONCURRENT: '4',
      CIRCUIT_BREAKER__RATE_LIMITERS__SOME__LIMIT: '5',
      CIRCUIT_BREAKER__PRESETS__FLAKY__FAILURE_RATIO: '0.6',
      CIRCUIT_BREAKER__PAYMENTS__PRESET: 'flaky',
    };
    const registry = await registryOf(env, { presets: { flaky: {} }, timeouts: { quick: '9s' } });
    expect(registry.circuitBreaker('defaults').options.timeout).toBe(1_000);
    expect(registry.circuitBreaker('enabled').options.timeout).toBe(2_000);
    expect(registry.timeout('quick').options.duration).toBe(3_000);
    expect(registry.bulkhead('places').options.maxConcurrent).toBe(4);
    expect(registry.rateLimiter('some').options.limit).toBe(5);
    expect(registry.circuitBreaker('payments').options.failureRatio).toBe(0.6);
  });

  it('of a reserved word speaks to all', async () => {
    const env = { CIRCUIT_BREAKER__DEFAULTS__TIMEOUT: '2s', CIRCUIT_BREAKER__ENABLED: 'FALSE' };
    const registry = await registryOf(env);
    expect(registry.circuitBreaker('any').options.timeout).toBe(2_000);
    expect(registry.enabled).toBe(false);
  });

  it('that takes a reserved word for a name is a fault that says the long form', async () => {
    expect(await faultsOf({ CIRCUIT_BREAKER__STRICT__TIMEOUT: '2s', CIRCUIT_BREAKER__TIMEOUTS__QUICK: '2s' })).toEqual([
      'CIRCUIT_BREAKER__STRICT__TIMEOUT: STRICT is a reserved word. ' +
        'For a breaker of that name: CIRCUIT_BREAKER__BREAKERS__STRICT__<OPTION>',
      'CIRCUIT_BREAKER__TIMEOUTS__QUICK: expected CIRCUIT_BREAKER__TIMEOUTS__<NAME>__<OPTION>',
    ]);
  });

  it('that says what another says is a fault', async () => {
    const env = { CIRCUIT_BREAKER__PAYMENTS__TIMEOUT: '1s', CIRCUIT_BREAKER__BREAKERS__PAYMENTS__TIMEOUT: '2s' };
    expect(await faultsOf(env)).toEqual([
      'CIRCUIT_BREAKER__BREAKERS__PAYMENTS__TIMEOUT: says the same as CIRCUIT_BREAKER__PAYMENTS__TIMEOUT. Keep one of them',
    ]);
  });

  it('that is empty, or of somebody else, says nothing', async () => {
    const env = { CIRCUIT_BREAKER__PAYMENTS__TIMEOUT: ' ', CIRCUIT_BREAKER_URL: 'x', PATH: '/', HOME: undefined };
    expect((await registryOf(env)).source.names('circuit_breaker')).toEqual([]);
  });

  it.each([
    'CIRCUIT_BREAKER__',
    'CIRCUIT_BREAKER__PAYMENTS',
    'CIRCUIT_BREAKER__PAYMENTS__',
    'CIRCUIT_BREAKER____PROTO____POLLUTED',
    'CIRCUIT_BREAKER__PAY MENTS__TIMEOUT',
    'CIRCUIT_BREAKER__A__B__C__D',
    'CIRCUIT_BREAKER__A__B__C',
  ])('that cannot be placed is a fault: %s', async (variable) => {
    expect(await faultsOf({ [variable]: '1s' })).toEqual([
      expect.stringContaining(`${variable}: expected CIRCUIT_BREAKER__<NAME>__<OPTION>`),
    ]);
  });

  it('of a hostile name makes a policy like any other, or is refused', async () => {
    const registry = await registryOf({
      CIRCUIT_BREAKER__CONSTRUCTOR__TIMEOUT: '2s',
      CIRCUIT_BREAKER__TO_STRING__TIMEOUT: '3s',
    });
    expect(registry.source.names('circuit_breaker')).toEqual(['constructor', 'to-string']);
    expect(registry.circuitBreaker('constructor').options.timeout).toBe(2_000);
    expect(await faultsOf({ CIRCUIT_BREAKER__PAYMENTS__CONSTRUCTOR: '1' })).toEqual([
      expect.stringContaining('unknown option "constructor"'),
    ]);
    expect(({} as Record<string, unknown>)['timeout']).toBeUndefined();
  });

  it('is where the plan says that its option came from', async () => {
    const registry = await registryOf({ CIRCUIT_BREAKER__PAYMENTS__TIMEOUT: '2s' });
    registry.circuitBreaker('payments');
    expect(registry.plan().others[0]?.options['timeout']).toEqual({ value: 2_000, origin: 'environment' });
  });
});

describe('the schema of variables', () => {
  const { validate } = circuitBreakerEnvironmentSchema['~standard'];

  it('passes all variables on as they are', () => {
    const env = { PATH: '/', CIRCUIT_BREAKER__PAYMENTS__TIMEOUT: '2s' };
    expect(validate(env)).toEqual({ value: env });
    expect(validate(undefined)).toEqual({ value: {} });
  });

  it('tells all faults, each by its variable', () => {
    const { issues = [] } = validate({
      CIRCUIT_BREAKER__PAYMENTS__FAILURE_RATIO: '50',
      CIRCUIT_BREAKER__PAYMENTS__FAILURE_TRESHOLD: '5',
      CIRCUIT_BREAKER__PAYMENTS: '1',
    });
    expect(issues.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^CIRCUIT_BREAKER__PAYMENTS: expected/),
      expect.stringMatching(/^CIRCUIT_BREAKER__PAYMENTS__FAILURE_RATIO: expected 0–1, got '50'. Did you mean 0\.5\?/),
      expect.stringMatching(/^CIRCUIT_BREAKER__PAYMENTS__FAILURE_TRESHOLD: unknown option/),
    ]);
  });
});
