import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { buildSample, SampleProgram } from '../fixtures/built-sample.js';
import { describeWith } from '../fixtures/system-package.js';

interface Process {
  readonly pid: string;
  readonly parent: string;
  readonly command: string;
}

const processes = (): Process[] =>
  execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid, parent: parent ?? '', command: command ?? '' }];
  }); // prettier-ignore

/** All that a program has started, and what those have. */
function startedBy(script: string): Process[] {
  const all = processes();
  const family = all.filter(({ command }) => command.includes(script));
  for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
  return family;
}

const areGone = async (family: readonly Process[]): Promise<boolean> => {
  const isAlive = (): boolean => {
    const now = processes();
    return family.some(({ pid, command }) => now.some((each) => each.pid === pid && each.command === command));
  };
  for (const end = performance.now() + 5_000; isAlive() && performance.now() < end;) await pause(50);
  return !isAlive();
};

let script: string;

beforeAll(() => {
  script = join(buildSample('built-cluster-sample'), 'demo-cluster.js');
}, 60_000);

describeWith('redis-server', 'redis-server')('the demo of a fleet', () => {
  it('plays one outage with and without coordination, sums it up, and leaves no process behind', async () => {
    const demo = new SampleProgram(script, {});
    await demo.says(/time +alone +together/, 60_000);
    const family = startedBy(script);
    // itself, a Redis and its shell, four upstreams, eight storefronts
    expect(family).toHaveLength(15);
    const code = await demo.ended;
    expect({ code, stderr: demo.stderr }).toEqual({ code: 0, stderr: '' });
    expect(demo.stdout).not.toContain('\x1b');
    const [, alone = '', together = ''] = demo.stdout.split(/^ {2}(?:alone|together) +failing .*$/m);
    const rows = /^ {2}[1-4] · \d orders\/s +\d+ +[\d.]+m?s +\d+ +\d+ +[\d.]+m?s/gm;
    expect([alone.match(rows)?.length, together.match(rows)?.length]).toEqual([4, 4]);
    expect(alone).not.toContain('followed');
    expect(together).toContain('followed');
    const [, apart, joined] = /were open: (\d+) alone, (\d+) together/.exec(demo.stdout) ?? [];
    expect(Number(joined)).toBeLessThan(Number(apart));
    expect(await areGone(family)).toBe(true);
  }, 120_000);

  it('leaves no process behind when it is killed', async () => {
    const demo = new SampleProgram(script, {});
    let family: Process[] = [];
    for (const end = performance.now() + 20_000; performance.now() < end; await pause(50)) {
      family = startedBy(script);
      if (family.some(({ command }) => command.startsWith('redis-server'))) break;
    }
    expect(family.length).toBeGreaterThan(2);
    demo.kill('SIGKILL');
    await demo.ended;
    expect(await areGone(family)).toBe(true);
  }, 40_000);
});

describe('the demo of a fleet, without redis-server', () => {
  it('says where to get it, and ends with 1', async () => {
    const demo = new SampleProgram(script, { PATH: '/nowhere' });
    expect(await demo.ended).toBe(1);
    expect(demo.stderr).toContain('apt install redis-server');
  }, 20_000);
});
