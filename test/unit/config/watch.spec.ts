import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';

import { afterEach, describe, expect, it } from '@jest/globals';

import { watchCircuitBreakerConfig } from '../../../lib/config/index.js';
import type { ConfigWatcher, WatchedSources } from '../../../lib/config/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import type { CircuitBreakerModuleOptions } from '../../../lib/options/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { fail } from '../../fixtures/breaker.js';
import { Folder } from '../../fixtures/folder.js';
import { runScript } from '../../fixtures/process/run-script.js';

const folder = new Folder();
const watchers: ConfigWatcher[] = [];
afterEach(() => {
  for (const watcher of watchers.splice(0)) watcher.close();
});

const saying = (failureThreshold: number) => ({ breakers: { payments: { failureThreshold } } });

/** An application that follows a file, and ways to wait for what comes of it. */
async function follow(file: string, sources: Partial<WatchedSources> = {}, base: CircuitBreakerModuleOptions = {}) {
  const clock = new ManualClock();
  const faults: string[] = [];
  const registry = createRegistry(base, {
    clock,
    onFault: (fault, where) => void faults.push(`${where}: ${String(fault)}`),
  });
  const payments = registry.circuitBreaker('payments');
  const errors: Error[] = [];
  let onError = (): void => undefined;
  const watcher = watchCircuitBreakerConfig(registry, {
    file,
    base,
    env: {},
    onError: (error) => {
      errors.push(error as Error);
      onError();
    },
    ...sources,
  });
  watchers.push(watcher);
  await watcher.settled();
  const updated = (): Promise<void> =>
    new Promise((resolve) => {
      const stop = registry.on('updated', () => {
        stop();
        resolve();
      });
    });
  const failed = (): Promise<void> => new Promise((resolve) => (onError = resolve));
  return { clock, registry, payments, watcher, errors, faults, updated, failed };
}

describe('a followed configuration file', () => {
  it('that changes is applied, and state, window and listeners are kept', async () => {
    const file = await folder.write('c.json', saying(3));
    const { payments, registry, updated } = await follow(file);
    const opened: string[] = [];
    registry.on('opened', ({ name }) => void opened.push(name));
    await fail(payments);
    const told = updated();
    await folder.write('c.json', saying(2));
    await told;
    expect(payments.options.failureThreshold).toBe(2);
    expect(payments.snapshot().window.failures).toBe(1);
    await fail(payments);
    expect([payments.state, ...opened]).toEqual(['open', 'payments']);
    const again = updated();
    await folder.write('c.json', { breakers: { payments: { failureThreshold: 9, breakDuration: '2m' } } });
    await again;
    expect(payments.state).toBe('open');
    expect(registry.circuitBreaker('payments')).toBe(payments);
  });

  it('is applied as it is when following begins', async () => {
    const { payments } = await follow(await folder.write('c.json', saying(3)));
    expect(payments.options.failureThreshold).toBe(3);
  });

  it('lies over code, below the environment and below changes at run time', async () => {
    const file = await folder.write('c.json', { breakers: { payments: { timeout: '1s', halfOpenMaxCalls: 2 } } });
    const base = { breakers: { payments: { successThreshold: 5, timeout: '9s' } } };
    const { payments, registry, updated } = await follow(
      file,
      { env: { CIRCUIT_BREAKER__PAYMENTS__BREAK_DURATION: '5s' } },
      base,
    );
    registry.update('payments', { halfOpenMaxCalls: 7 });
    const told = updated();
    await folder.write('c.json', {
      breakers: { payments: { timeout: '2s', halfOpenMaxCalls: 3, breakDuration: '1m' } },
    });
    await told;
    expect(payments.options).toMatchObject({
      successThreshold: 5,
      timeout: 2_000,
      halfOpenMaxCalls: 7,
      breakDuration: 5_000,
    });
  });

  it('lies over what code said at the start, where nobody says what lies below', async () => {
    const isMine = (): boolean => true;
    class Mine extends Error {}
    const said: CircuitBreakerModuleOptions = {
      presets: { calm: { failureRatio: 0.9 } },
      breakers: {
        stockLevels: {
          preset: 'calm', classify: () => 'success', breakDuration: (attempt) => `${attempt}s`, ignoreErrors: [isMine, Mine],
          probe: async () => undefined, adaptive: { adapt: () => ({}) }, tags: ['a', 'b'], timeout: '3s', failureThreshold: false,
        }, // prettier-ignore
      },
      retries: {
        gentle: { backoff: (attempt) => attempt * 5, budget: 0.1, retryOn: Mine, delay: '1s' },
        free: { budget: false },
      },
      timeouts: { quick: '1s' },
      bulkheads: { places: 3 },
      rateLimiters: { some: { limit: 5, interval: '1m' } },
      drain: '5s',
    };
    const file = await folder.write('c.json', saying(3));
    const env = { CIRCUIT_BREAKER__STOCK_LEVELS__SUCCESS_THRESHOLD: '9' };
    const { registry, payments, updated, errors } = await follow(file, { base: undefined, env }, said);
    const policies = [
      registry.circuitBreaker('stockLevels'),
      registry.retry('gentle'),
      registry.retry('free'),
      registry.timeout('quick'),
      registry.bulkhead('places'),
      registry.rateLimiter('some'),
    ];
    const before = policies.map(({ options }) => options);
    const names: string[] = [];
    registry.on('updated', ({ name }) => void names.push(name));
    const told = updated();
    await folder.write('c.json', saying(2));
    await told;
    expect(errors).toEqual([]);
    expect(payments.options.failureThreshold).toBe(2);
    expect(registry.circuitBreaker('stockLevels').options).toMatchObject({
      successThreshold: 9,
      failureRatio: 0.9,
      timeout: 3_000,
    });
    expect(policies.map(({ options }) => options)).toEqual(before);
    expect(names).toEqual(['payments']);
  });

  it('that has faults changes nothing, and is reported once with all of them', async () => {
    const file = await folder.write('c.json', saying(3));
    const { payments, errors, failed, updated } = await follow(file);
    const wrong = { breakers: { payments: { failureThreshold: 8, failureRatio: 50, timeout: 'soon' } } };
    let told = failed();
    await folder.write('c.json', wrong);
    await told;
    expect(payments.options.failureThreshold).toBe(3);
    expect(errors[0]?.message).toContain('c.json: breakers.payments.failureRatio: expected 0–1, got 50');
    expect(errors[0]?.message).toContain('c.json: breakers.payments.timeout');

    // the same fault again, then a right file, then the fault once more: told anew
    await folder.replace('c.json', wrong);
    const mended = updated();
    await folder.replace('c.json', saying(4));
    await mended;
    expect(errors).toHaveLength(1);
    told = failed();
    await folder.write('c.json', wrong);
    await told;
    expect(errors).toHaveLength(2);
  });

  it('that is gone changes nothing, and is applied when it is back', async () => {
    const file = await folder.write('c.json', saying(3));
    const { payments, errors, failed, updated } = await follow(file);
    const gone = failed();
    await rm(file);
    await gone;
    expect(errors[0]?.message).toBe(`${file}: cannot be read (ENOENT)`);
    expect(payments.options.failureThreshold).toBe(3);
    const back = updated();
    await folder.write('c.json', saying(6));
    await back;
    expect(payments.options.failureThreshold).toBe(6);
  });

  it('that is empty all of a sudden changes nothing: it is being written', async () => {
    const file = await folder.write('c.json', saying(3));
    const { payments, errors, failed } = await follow(file);
    const told = failed();
    await folder.write('c.json', '');
    await told;
    expect(errors[0]?.message).toContain('c.json: is empty, and changes nothing');
    expect(payments.options.failureThreshold).toBe(3);
  });

  it('may be replaced as a whole', async () => {
    const file = await folder.write('c.yaml', 'breakers: { payments: { failureThreshold: 3 } }');
    const { payments, updated } = await follow(file);
    for (const threshold of [4, 5]) {
      const told = updated();
      await folder.replace('c.yaml', `breakers: { payments: { failureThreshold: ${threshold} } }`);
      await told;
      expect(payments.options.failureThreshold).toBe(threshold);
    }
  });

  it('may hang on links that are swapped, as Kubernetes mounts config maps', async () => {
    const publish = async (version: string, threshold: number): Promise<void> => {
      await mkdir(folder.at(version));
      await writeFile(folder.at(version, 'c.json'), JSON.stringify(saying(threshold)));
      await symlink(version, folder.at('..data_tmp'));
      await rename(folder.at('..data_tmp'), folder.at('..data'));
    };
    await publish('..2026_01', 3);
    await symlink('..data/c.json', folder.at('c.json'));
    const { payments, updated } = await follow(folder.at('c.json'));
    expect(payments.options.failureThreshold).toBe(3);
    for (const [version, threshold] of [
      ['..2026_02', 4],
      ['..2026_03', 5],
    ] as const) {
      const told = updated();
      await publish(version, threshold);
      await told;
      expect(payments.options.failureThreshold).toBe(threshold);
    }
    const told = updated();
    await writeFile(folder.at('..2026_03', 'c.json'), JSON.stringify(saying(6)));
    await told;
    expect(payments.options.failureThreshold).toBe(6);
  });

  it('may stand in a folder that is a link, as releases are switched', async () => {
    for (const release of ['1', '2']) {
      await mkdir(folder.at('releases', release), { recursive: true });
      await writeFile(folder.at('releases', release, 'c.json'), JSON.stringify(saying(Number(release) + 2)));
    }
    await symlink('releases/1', folder.at('current'));
    const { payments, updated } = await follow(folder.at('current', 'c.json'));
    expect(payments.options.failureThreshold).toBe(3);
    const told = updated();
    await symlink('releases/2', folder.at('next'));
    await rename(folder.at('next'), folder.at('current'));
    await told;
    expect(payments.options.failureThreshold).toBe(4);
  });

  it('is applied once for a burst of writes, as it is in the end', async () => {
    const file = await folder.write('c.json', saying(3));
    const { payments, registry, watcher, updated } = await follow(file);
    const applied: unknown[] = [];
    registry.on('updated', ({ changes }) => void applied.push(changes));
    const told = updated();
    for (let threshold = 100; threshold < 140; threshold++) await folder.replace('c.json', saying(threshold));
    await told;
    await watcher.settled();
    expect(payments.options.failureThreshold).toBe(139);
    expect(applied.length).toBeLessThan(10);
  });

  it('is followed no longer once it is closed', async () => {
    const file = await folder.write('c.json', saying(3));
    const closed = await follow(file);
    const open = await follow(file);
    closed.watcher.close();
    const told = open.updated();
    await folder.write('c.json', saying(4));
    await told;
    await closed.watcher.settled();
    expect([open.payments, closed.payments].map(({ options }) => options.failureThreshold)).toEqual([4, 3]);
  });

  it('can be closed while a change waits to be applied', async () => {
    const file = await folder.write('c.json', saying(3));
    const { payments, watcher } = await follow(file);
    await folder.write('c.json', saying(4));
    watcher.close();
    await watcher.settled();
    expect(payments.options.failureThreshold).toBe(3);
  });

  it('that changes leaves a switch alone that was set by hand', async () => {
    const file = await folder.write('c.json', saying(3));
    const { registry, updated } = await follow(file);
    registry.enabled = false;
    let told = updated();
    await folder.write('c.json', saying(4));
    await told;
    expect(registry.enabled).toBe(false);
    told = updated();
    await folder.write('c.json', { ...saying(5), enabled: false });
    await told;
    told = updated();
    await folder.write('c.json', { ...saying(6), enabled: true });
    await told;
    expect(registry.enabled).toBe(true);
  });

  it('goes on being followed when whoever hears of faults has one', async () => {
    const file = await folder.write('c.json', '{');
    const { payments, faults, updated } = await follow(file, {
      onError: () => {
        throw new Error('no pager');
      },
    });
    expect(faults).toEqual(['onError of watchCircuitBreakerConfig: Error: no pager']);
    const told = updated();
    await folder.write('c.json', saying(4));
    await told;
    expect(payments.options.failureThreshold).toBe(4);
  });

  it('keeps no process alive', async () => {
    const file = await folder.write('c.json', saying(3));
    const ended = await runScript(`
      import { watchCircuitBreakerConfig } from 'nest-circuit-breaker/config';
      import { createRegistry } from 'nest-circuit-breaker/options';
      const registry = createRegistry();
      const file = ${JSON.stringify(file)};
      await watchCircuitBreakerConfig(registry, { file, env: {} }).settled();
      say(registry.circuitBreaker('payments').options.failureThreshold);
    `);
    expect(ended).toEqual({ code: 0, said: [3], errors: '' });
  });
});
