import { order } from '../start/customers.js';
import { SLOW, Tally } from './tally.js';
import type { Experience, Summary } from './tally.js';

/** Orders a second, on a machine that has nothing better to do and on one that has. */
const FULL_RATE = 30;
const GENTLE_RATE = 12;

/** An order that takes longer than this while all is well, in ms, says that the machine is busy. */
const BUSY = 120;

/**
 * Warms both shops up, for first calls are slow everywhere, and tells how many orders a second the machine can bear
 * for each: on a busy one, customers would wait for the machine and not for payments.
 */
export async function bearableRate(shops: readonly string[]): Promise<number> {
  const durations: number[] = [];
  for (let round = 0; round < 24; round += 1) {
    const began = performance.now();
    await Promise.all(shops.map((shop) => order(shop, 'mug', PATIENCE)));
    if (round >= 12) durations.push(performance.now() - began);
  }
  const median = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)] ?? 0;
  return median < BUSY ? FULL_RATE : GENTLE_RATE;
}

/** Customers give up after so many ms. */
export const PATIENCE = 5_000;

/**
 * A steady load on one shop: orders come at their rate whether or not earlier ones were answered, as customers do.
 * Keeps two tallies: of everything, and of what came back since it was last asked.
 */
export class Crowd {
  private readonly all = new Tally();
  private recent = new Tally();
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private sent = 0;
  mostWaiting = 0;

  constructor(
    private readonly shop: string,
    private readonly perSecond: number,
  ) {}

  get waiting(): number {
    return this.underWay.size;
  }

  start(): void {
    const began = performance.now();
    // catches up where the timer was late, so that both shops get the same load
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - began) / 1_000) * this.perSecond);
      while (this.sent < due) this.send();
    }, 1_000 / this.perSecond);
  }

  /** Sends no more and waits until every customer has an answer or has given up. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
  }

  /** What came back since the last time. */
  takeRecent(): Summary {
    const { recent } = this;
    this.recent = new Tally();
    return recent.summary();
  }

  summary(): Summary {
    return this.all.summary();
  }

  private send(): void {
    this.sent += 1;
    const visit = this.visit().finally(() => this.underWay.delete(visit));
    this.underWay.add(visit);
    this.mostWaiting = Math.max(this.mostWaiting, this.underWay.size);
  }

  private async visit(): Promise<void> {
    const began = performance.now();
    const outcome = await order(this.shop, 'mug', PATIENCE);
    const took = performance.now() - began;
    const experience: Experience = outcome !== 'error' && took >= SLOW ? 'slow' : outcome;
    this.all.add(experience, took);
    this.recent.add(experience, took);
  }
}
