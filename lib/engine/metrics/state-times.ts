import type { Clock } from '../clock.js';
import { CIRCUIT_STATES } from '../snapshot.js';
import type { CircuitBreakerSnapshot, CircuitState } from '../snapshot.js';

export type StateSeconds = Readonly<Record<CircuitState, number>>;

interface Tracked {
  state: CircuitState;
  /** Monotonic ms up to which its time is counted. */
  at: number;
}

export const everyState = (): Record<CircuitState, number> =>
  Object.fromEntries(CIRCUIT_STATES.map((state) => [state, 0])) as Record<CircuitState, number>;

/**
 * How long the breakers have been in each state, summed up by label. It hears of transitions as they happen, and sets
 * itself right by a snapshot where one went unheard (a restored state, the global switch).
 */
export class StateTimes {
  private readonly tracked = new Map<string, Tracked>();
  private readonly sums = new Map<string, Record<CircuitState, number>>();

  constructor(
    private readonly clock: Clock,
    private readonly labelOf: (name: string) => string,
  ) {}

  knows(name: string): boolean {
    return this.tracked.has(name);
  }

  /** A breaker went to another state just now. */
  enter(name: string, state: CircuitState): void {
    const now = this.clock.now();
    const known = this.tracked.get(name);
    if (known === undefined) this.tracked.set(name, { state, at: now });
    else this.move(name, known, state, now, now);
  }

  /** A breaker stands like this; one that is new has its time since it entered the state. */
  see({ name, state, since }: CircuitBreakerSnapshot): void {
    const now = this.clock.now();
    const entered = now - Math.max(0, this.clock.wall() - since.getTime());
    const known = this.tracked.get(name);
    if (known === undefined) this.move(name, this.track(name, state, entered), state, now, now);
    else this.move(name, known, state, Math.min(now, Math.max(known.at, entered)), now);
  }

  /** Forgets where breakers stand that are no more; what was counted for them stays. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.tracked.keys()) if (!names.has(name)) this.tracked.delete(name);
  }

  secondsOf(label: string): StateSeconds {
    return this.sums.get(label) ?? everyState();
  }

  private track(name: string, state: CircuitState, at: number): Tracked {
    const tracked = { state, at };
    this.tracked.set(name, tracked);
    return tracked;
  }

  /** Counts the old state until `turn` and the new one from then to `now`. */
  private move(name: string, tracked: Tracked, state: CircuitState, turn: number, now: number): void {
    const label = this.labelOf(name);
    let sums = this.sums.get(label);
    if (sums === undefined) this.sums.set(label, (sums = everyState()));
    sums[tracked.state] += (turn - tracked.at) / 1_000;
    sums[state] += (now - turn) / 1_000;
    tracked.state = state;
    tracked.at = now;
  }
}
