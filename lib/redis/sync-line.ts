import type { Clock } from '../engine/index.js';

/** What waits in a {@link SyncLine}. */
export interface Syncing {
  /** Ends, without a fault, when it has been answered or given up. */
  sync(): Promise<void>;
}

/** How many syncs of one instance are under way at once, at most. */
const MAX_WIDTH = 16;
/** An answer that took so much longer than the quickest, in ms, has waited in line itself. */
const BACKLOG = 50;

/**
 * Syncs that can wait, in turn: another one begins when one has been answered. Instances that all come back at once,
 * each with a thousand breakers, would otherwise ask more than Redis can answer before they give the connection up, and
 * ask it all again over the next one, for ever. How many are under way grows by one with each prompt answer and is
 * halved by a late one (additive increase, multiplicative decrease; judged by delay, as TCP Vegas does). O(1) each;
 * what waits already doesn't wait twice.
 */
export class SyncLine {
  private readonly waiting = new Set<Syncing>();
  private underWay = 0;
  private width = 1;
  private quickest = Infinity;
  private emptied: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly isConnected: () => boolean,
  ) {}

  add(members: Iterable<Syncing>): void {
    for (const member of members) this.waiting.add(member);
    this.proceed();
  }

  /** Only these, and nothing after them; ends when they have ended or so many ms are over. */
  finish(members: Iterable<Syncing>, patience: number): Promise<void> {
    this.waiting.clear();
    return new Promise((resolve) => {
      const timer = this.clock.schedule(patience, resolve, false);
      this.emptied = () => {
        timer.cancel();
        resolve();
      };
      this.add(members);
    });
  }

  remove(member: Syncing): void {
    this.waiting.delete(member);
  }

  /** The connection is a new one. */
  restart(): void {
    this.width = 1;
    this.quickest = Infinity;
  }

  private proceed(): void {
    for (const member of this.waiting) {
      if (this.underWay >= this.width) return;
      this.waiting.delete(member);
      if (!this.isConnected()) continue; // all will be asked again when there is a connection
      this.underWay++;
      const began = this.clock.now();
      void member.sync().then(() => {
        this.underWay--;
        this.adapt(this.clock.now() - began);
        this.proceed();
      });
    }
    if (this.underWay === 0) this.emptied?.();
  }

  private adapt(took: number): void {
    this.quickest = Math.min(this.quickest, took);
    const isLate = took > this.quickest + BACKLOG;
    this.width = isLate ? Math.max(1, this.width / 2) : Math.min(MAX_WIDTH, this.width + 1);
  }
}
