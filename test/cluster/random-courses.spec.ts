import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import { PATIENCE, runs } from '../properties/runs.js';
import type { Call, Instance } from './instance.js';
import { MemoryWorld } from './memory-world.js';
import { agree, mostProbes } from './scenarios.js';
import type { Trouble } from './world.js';

type Step =
  | { readonly do: 'call'; readonly who: number; readonly isWell: boolean; readonly duration: number }
  | { readonly do: 'trip'; readonly who: number }
  | { readonly do: 'rush'; readonly duration: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'spoil'; readonly who: number; readonly trouble: Trouble }
  | { readonly do: 'slow'; readonly who: number; readonly ms: number }
  | { readonly do: 'heal'; readonly who: number }
  | { readonly do: 'flush' | 'save' | 'fail over' };

const who = fc.nat({ max: 2 });
const calm: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('call' as const),
    who,
    isWell: fc.boolean(),
    duration: fc.constantFrom(0, 0, 5, 100, 700, 1_500),
  }),
  fc.record({ do: fc.constant('trip' as const), who }),
  fc.record({ do: fc.constant('rush' as const), duration: fc.constantFrom(0, 100, 1_500) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 60, 320, 1_000, 2_500) }),
];
const stormy: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('spoil' as const),
    who,
    trouble: fc.constantFrom<Trouble[]>('blackhole', 'mute', 'refuse', 'hold'),
  }),
  fc.record({ do: fc.constant('slow' as const), who, ms: fc.constantFrom(20, 60, 500, 1_900) }),
  fc.record({ do: fc.constant('heal' as const), who }),
  fc.record({ do: fc.constantFrom('flush' as const, 'save' as const, 'fail over' as const) }),
];
const coursesOf = (steps: readonly fc.Arbitrary<Step>[]) =>
  fc.array(fc.oneof(...steps), { maxLength: 20, size: 'max' });

/** The same courses at every run, so that a build fails for what was changed; with `PROPERTY_RUNS`, as many new ones. */
const trials = (): fc.Parameters<unknown> => ({
  ...(process.env['PROPERTY_RUNS'] === undefined ? { seed: 20 } : {}),
  ...runs(0.1),
});

/** A fleet of three that goes through a course, and is left alone after it until all is well again. */
class Course {
  readonly world = new MemoryWorld();
  readonly calls: Promise<Call>[] = [];
  /** The epochs in which the fleet was half-open. */
  readonly probing = new Set<number>();
  fleet: Instance[] = [];
  private failOver: (() => Promise<void>) | null = null;

  async run(steps: readonly Step[]): Promise<void> {
    const { world } = this;
    world.store.subscribe('cb:moves', (text) => {
      const { st, e } = JSON.parse(text) as { st: string; e: number };
      if (st === 'half_open') this.probing.add(e);
    });
    this.fleet = await world.start(3);
    for (const step of steps) await this.take(step);
    for (const { link } of this.fleet) {
      link.slowness = 0;
      link.heal();
    }
    await world.wait(4_000); // long enough for the last probe, its lease, and to connect again
  }

  /** All are called, all goes well. */
  async recover(): Promise<void> {
    const isWell = (): boolean => this.fleet.every(({ breaker }) => breaker.state === 'closed');
    for (let i = 0; i < 1_000 && !isWell(); i++) {
      for (const each of this.fleet) await each.call();
      await this.world.wait(20);
    }
    expect(this.fleet.map(({ breaker }) => breaker.state)).toEqual(['closed', 'closed', 'closed']);
    for (const each of this.fleet) await each.call();
    await this.world.until(() => agree(this.fleet), 1_000);
  }

  private async take(step: Step): Promise<void> {
    const { world, fleet } = this;
    const at = (index: number): Instance => fleet[index] as Instance;
    switch (step.do) {
      case 'call':
        this.calls.push(at(step.who).begin(step.isWell, step.duration));
        return world.wait(1);
      case 'trip':
        this.calls.push(at(step.who).begin(false), at(step.who).begin(false));
        return world.wait(1);
      case 'rush': // everybody at once
        for (const each of [...fleet, ...fleet, ...fleet]) this.calls.push(each.begin(true, step.duration));
        return world.wait(1);
      case 'wait':
        return world.wait(step.ms);
      case 'spoil':
        return at(step.who).link.become(step.trouble);
      case 'slow':
        at(step.who).link.slowness = step.ms;
        return undefined;
      case 'heal':
        return at(step.who).link.heal();
      case 'flush':
        return world.redis.flush();
      case 'save':
        this.failOver = await world.redis.save();
        return undefined;
      case 'fail over':
        return this.failOver?.();
    }
  }
}

/** None of its calls has waited over the deadline, and once all is well it recovers. */
async function healed(course: Course): Promise<void> {
  for (const { waited } of await course.world.done(Promise.all(course.calls))) expect(waited).toBeLessThanOrEqual(50);
  await course.recover();
  await course.world.close();
}

it(
  'whatever calls come: probes are few, only a quorum opens the others, and all recover together',
  async () => {
    await fc.assert(
      fc.asyncProperty(coursesOf(calm), async (steps) => {
        const course = new Course();
        await course.run(steps);
        for (const epoch of course.probing) expect(mostProbes(course.fleet, epoch)).toBeLessThanOrEqual(2);
        const opened = course.fleet.filter(({ moves }) => moves.includes('opened: failure_threshold'));
        if (opened.length < 2) expect(course.fleet.flatMap(({ moves }) => moves)).not.toContain('opened: cluster');
        await healed(course);
      }),
      trials(),
    );
  },
  PATIENCE,
);

it(
  'whatever befalls connections and Redis: no call waits over its deadline, and healed, all agree and recover',
  async () => {
    await fc.assert(
      fc.asyncProperty(coursesOf([...calm, ...stormy]), async (steps) => {
        const course = new Course();
        await course.run(steps);
        await healed(course);
      }),
      trials(),
    );
  },
  PATIENCE,
);
