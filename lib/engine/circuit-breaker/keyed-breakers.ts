import type { Scope } from '../scope.js';
import type { CircuitBreakerPolicy } from './circuit-breaker.js';
import type { CircuitBreakerOptions } from './options.js';

/** Where keyed breakers live beside all others; they show there, and may be steered one by one. */
export interface BreakerPort {
  make(name: string): CircuitBreakerPolicy;
  drop(name: string): void;
  /** What each of them is made with. */
  options?(): CircuitBreakerOptions;
}

/** How many breakers of one name are kept. */
export interface KeyLimits {
  readonly maxKeys: number;
  /** In ms: how long one is kept that nobody calls. */
  readonly keyTtl: number;
}

export const KEY_LIMITS: KeyLimits = Object.freeze({ maxKeys: 1_000, keyTtl: 3_600_000 });

/** The key whose breaker serves all that can have none of their own. */
const SHARED = '*';

/** How often those put aside are looked through, in ms, while there is no room. */
const REVIEW_INTERVAL = 1_000;

interface Entry {
  readonly breaker: CircuitBreakerPolicy;
  usedAt: number;
}

/**
 * One breaker a key, `payments:eu`. At most `maxKeys` of them: the closed one that has gone unused for longest makes
 * room, and one that nobody has called for `keyTtl` goes as soon as another call comes by. Any that is not closed holds
 * knowledge, or somebody's will, and is never dropped; once none can be, new keys share `payments:*`.
 *
 * Entries lie in the order of their last use; those found to be indispensable are put aside, so that looking for room
 * passes each of them once. O(1) a call.
 */
export class KeyedBreakers {
  /** In the order of their last use. */
  private readonly entries = new Map<string, Entry>();
  /** Not closed when they were last looked at. */
  private readonly kept = new Map<string, Entry>();
  /** The last of `entries`, unless it has been put aside. */
  private latest: string | undefined = undefined;
  private shared: CircuitBreakerPolicy | undefined = undefined;
  private nextCleaning = Infinity;
  private nextReview = -Infinity;
  private hasComplained = false;

  constructor(
    readonly name: string,
    private readonly limits: KeyLimits,
    private readonly port: BreakerPort,
    private readonly scope: Scope,
  ) {}

  /** How many keys have a breaker of their own. */
  get size(): number {
    return this.entries.size + this.kept.size;
  }

  /** Options of one whose key has none of its own, where they are known. */
  get options(): CircuitBreakerOptions | undefined {
    return this.port.options?.();
  }

  /** The breaker of a key. @throws what the port throws when it can make none at all */
  breakerOf(key: string): CircuitBreakerPolicy {
    const now = this.scope.clock.now();
    if (now >= this.nextCleaning) this.clean(now);
    if (key === SHARED) return this.sharedBreaker();
    const entry = this.entries.get(key) ?? this.kept.get(key);
    if (entry === undefined || entry.breaker.isRetired) return this.make(key, now);
    this.use(key, entry, now);
    return entry.breaker;
  }

  /** Tells of a key that can't be one, the first time: keys may come from anywhere. */
  complain(fault: unknown): void {
    if (this.hasComplained) return;
    this.hasComplained = true;
    this.scope.report(fault, `a key of circuit breaker "${this.name}" (others like it are not reported)`);
  }

  private use(key: string, entry: Entry, now: number): void {
    entry.usedAt = now;
    if (key === this.latest) return;
    this.forget(key);
    this.add(key, entry, now);
  }

  private make(key: string, now: number): CircuitBreakerPolicy {
    this.forget(key);
    if (this.size >= this.limits.maxKeys && !this.makeRoom(now)) return this.sharedBreaker();
    try {
      const breaker = this.port.make(this.nameOf(key));
      this.add(key, { breaker, usedAt: now }, now);
      return breaker;
    } catch (fault) {
      this.complain(fault);
      return this.sharedBreaker();
    }
  }

  /** Drops the closed breaker that has gone unused for longest. */
  private makeRoom(now: number): boolean {
    if (this.dropOldest()) return true;
    if (now < this.nextReview) return false;
    // some that were put aside may have closed unseen, by hand
    this.nextReview = now + REVIEW_INTERVAL;
    this.latest = undefined;
    for (const [key, entry] of this.kept) {
      if (!isDispensable(entry)) continue;
      this.kept.delete(key);
      this.entries.set(key, entry);
    }
    return this.dropOldest();
  }

  private dropOldest(): boolean {
    for (const [key, entry] of this.entries) {
      if (this.dropOrKeep(key, entry)) return true;
    }
    return false;
  }

  private clean(now: number): void {
    const { keyTtl } = this.limits;
    this.nextCleaning = Infinity;
    for (const [key, entry] of this.entries) {
      if (entry.usedAt + keyTtl > now) {
        this.nextCleaning = entry.usedAt + keyTtl;
        return;
      }
      this.dropOrKeep(key, entry);
    }
  }

  /** Drops a breaker, or puts it aside; answers which. */
  private dropOrKeep(key: string, entry: Entry): boolean {
    this.entries.delete(key);
    if (key === this.latest) this.latest = undefined;
    const isDropped = isDispensable(entry);
    if (!isDropped) this.kept.set(key, entry);
    else if (!entry.breaker.isRetired) this.port.drop(this.nameOf(key));
    return isDropped;
  }

  private add(key: string, entry: Entry, now: number): void {
    this.entries.set(key, entry);
    this.latest = key;
    this.nextCleaning = Math.min(this.nextCleaning, now + this.limits.keyTtl);
  }

  private forget(key: string): void {
    if (!this.entries.delete(key)) this.kept.delete(key);
  }

  private sharedBreaker(): CircuitBreakerPolicy {
    if (this.shared === undefined || this.shared.isRetired) this.shared = this.port.make(this.nameOf(SHARED));
    return this.shared;
  }

  private nameOf(key: string): string {
    return `${this.name}:${key}`;
  }
}

const isDispensable = ({ breaker }: Entry): boolean => breaker.isRetired || breaker.machine.stay.kind === 'closed';
