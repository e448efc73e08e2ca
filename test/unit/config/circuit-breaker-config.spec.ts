import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { circuitBreakerConfig } from '../../../lib/config/index.js';
import { createRegistry } from '../../../lib/options/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-breaker-'));
});
afterEach(() => rm(folder, { recursive: true }));

const base = { breakers: { payments: { failureThreshold: 3 }, 'stock-levels': {} } };

describe('the configuration of an application', () => {
  it('lays the file over code, and the environment over the file', async () => {
    const file = join(folder, 'breakers.yaml');
    await writeFile(file, 'breakers:\n  payments:\n    failureThreshold: 4\n    breakDuration: 7s\n');
    const env = { CIRCUIT_BREAKER__PAYMENTS__BREAK_DURATION: '9s' };
    const registry = createRegistry(await circuitBreakerConfig({ base, file, env })());
    expect(registry.circuitBreaker('payments').options).toMatchObject({ failureThreshold: 4, breakDuration: 9_000 });
  });

  it('finds the breaker that a variable means, and makes one of a name nobody knows', async () => {
    const env = {
      CIRCUIT_BREAKER__STOCK_LEVELS__FAILURE_RATIO: '0.3',
      CIRCUIT_BREAKER__NEW_ONE__TIMEOUT: '2s',
      CIRCUIT_BREAKER__DEFAULTS__SUCCESS_THRESHOLD: '4',
      CIRCUIT_BREAKER__ENABLED: 'false',
    };
    const registry = createRegistry(await circuitBreakerConfig({ base, env })());
    expect(registry.circuitBreaker('stock-levels').options).toMatchObject({ failureRatio: 0.3, successThreshold: 4 });
    expect(registry.circuitBreaker('new-one').options).toMatchObject({ timeout: 2_000 });
    expect(registry.enabled).toBe(false);
  });

  it('tells all mistakes of all sources at once, by the name of the variable and of the file', async () => {
    const file = join(folder, 'breakers.json');
    await writeFile(file, JSON.stringify({ breakers: { payments: { failureRatio: 50 } } }));
    const env = {
      CIRCUIT_BREAKER__PAYMENTS__TIMEOUT: 'soon',
      CIRCUIT_BREAKER__A__B__C__D: '1',
      CIRCUIT_BREAKER__STOCK_LEVELS__FAILURE_TRESHOLD: '1',
    };
    const message = await circuitBreakerConfig({ base, file, env })().then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).toContain('CIRCUIT_BREAKER__PAYMENTS__TIMEOUT');
    expect(message).toContain('CIRCUIT_BREAKER__A__B__C__D');
    expect(message).toContain('did you mean "failureThreshold"?');
    expect(message).toContain('breakers.json: breakers.payments.failureRatio');
  });
});
