import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import {
  BULKHEAD_DEFAULTS,
  CIRCUIT_BREAKER_DEFAULTS,
  HEDGE_DEFAULTS,
  RATE_LIMITER_DEFAULTS,
  RETRY_DEFAULTS,
} from 'nest-circuit-breaker/engine';
import { PRESETS, circuitBreakerJsonSchema } from 'nest-circuit-breaker/options';

import { METRICS } from '../lib/prometheus/metric-names.js';
import { describeWith } from './fixtures/system-package.js';

const root = resolve(import.meta.dirname, '..');
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((page) => page.endsWith('.md')).map((page) => `docs/${page}`)]; // prettier-ignore

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading as string));

describe('the guides', () => {
  it('link only to headings that exist', () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
        .filter(([, target, anchor]) => {
          const other = target === '' ? page : join(page, '..', target as string);
          return !anchorsOf(other).includes(anchor as string);
        })
        .map(([link]) => `${page} → ${link}`),
    );
    expect(missing).toEqual([]);
  });

  it('are all listed in their index', () => {
    const index = read('docs/README.md');
    const unlisted = readdirSync(join(root, 'docs'))
      .filter((page) => page.endsWith('.md') && page !== 'README.md')
      .filter((page) => !index.includes(`](${page})`));
    expect(unlisted).toEqual([]);
  });

  it('tell of every option', () => {
    const text = read('docs/options.md');
    const options = [
      CIRCUIT_BREAKER_DEFAULTS,
      RETRY_DEFAULTS,
      BULKHEAD_DEFAULTS,
      RATE_LIMITER_DEFAULTS,
      HEDGE_DEFAULTS,
      circuitBreakerJsonSchema()['properties'] as object,
    ].flatMap((each) => Object.keys(each));
    expect(options.length).toBeGreaterThan(40);
    expect(options.filter((option) => option !== '$schema' && !text.includes(`\`${option}\``))).toEqual([]);
  });

  it.each([
    ['dashboard', 'lib/admin/admin-options.ts', 'CircuitBreakerAdminModuleOptions', 11],
    ['health', 'lib/terminus/health-answer.ts', 'CircuitBreakerHealthOptions', 5],
    ['health', 'lib/terminus/health.module.ts', 'CircuitBreakerHealthModuleOptions', 3],
    ['metrics', 'lib/prometheus/prometheus.module.ts', 'CircuitBreakerPrometheusModuleOptions', 1],
    ['metrics', 'lib/prometheus/exposition.ts', 'ExpositionOptions', 3],
    ['metrics', 'lib/opentelemetry/telemetry.ts', 'TelemetryOptions', 2],
    ['cluster', 'lib/redis/options.ts', 'CircuitBreakerRedisModuleOptions', 8],
    ['configuration', 'lib/config/layered-sources.ts', 'ConfigSources', 3],
    ['testing', 'lib/testing/inject-fault.ts', 'Fault', 4],
  ])('%s.md has all options of %s, %s', (page, file, name, count) => {
    const [, members = ''] = new RegExp(`interface ${name}\\b[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(read(file)) ?? [];
    const options = [...members.matchAll(/^ {2}(?:readonly )?(\w+)\?[:(]/gm)].map(([, option]) => option as string);
    expect(options).toHaveLength(count);
    const text = read(`docs/${page}.md`);
    expect(options.filter((option) => !new RegExp(`\`${option}\\b`).test(text))).toEqual([]);
  });

  it('tell the presets as they are', () => {
    const text = read('docs/options.md').replaceAll(/ +/g, ' ');
    for (const [name, preset] of Object.entries(PRESETS)) {
      if (!('failureRatio' in preset)) continue;
      const inWords = (duration: string): string => duration.replace(/(\d)([a-z])/, '$1 $2');
      const { failureRatio, minimumThroughput, breakDuration, samplingDuration } = preset;
      const row = [`\`${name}\``, failureRatio, minimumThroughput, inWords(breakDuration), inWords(samplingDuration)];
      expect(text).toContain(`| ${row.join(' | ')} |`);
    }
  });

  it('tell of every metric, and of none that is not there', () => {
    const text = read('docs/metrics.md');
    const names: ReadonlySet<string> = new Set(Object.values(METRICS).map(({ name }) => name));
    const told = new Set(text.match(/\bcircuit_breaker_\w+/g)?.map((name) => name.replace(/_bucket$/, '')));
    expect(told).toEqual(names);
  });
});

describeWith('promtool', 'prometheus')('the alert rules', () => {
  it('are rules that Prometheus takes', () => {
    const rules = /```yaml\n([\s\S]*?)```/.exec(read('docs/metrics.md'))?.[1] as string;
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    try {
      writeFileSync(join(folder, 'rules.yaml'), rules);
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', join(folder, 'rules.yaml')], {
        encoding: 'utf8',
      });
      expect({ status, said: stdout + stderr }).toMatchObject({ status: 0, said: expect.stringContaining('6 rules') });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
