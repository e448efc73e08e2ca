import type { CircuitState, PolicyRegistry, Timer } from '../engine/index.js';

/** How often refusals are summed up, in ms. */
const INTERVAL = 10_000;

const REFUSING: ReadonlySet<CircuitState> = new Set<CircuitState>(['open', 'half_open', 'isolated']);

/**
 * Sums up what breakers have refused, from their totals: a refusal itself costs nothing here. It looks while some
 * breaker refuses, by one timer that keeps no process alive, and once more when that ends.
 */
export class RefusalWatch {
  /** Refusals already said, and when, by breaker. */
  private readonly said = new Map<string, { refused: number; at: number }>();
  private timer: Timer | undefined;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly write: (text: string) => void,
  ) {}

  /** The breaker has changed. */
  look(name: string): void {
    const breaker = this.registry.find(name);
    if (breaker === undefined) {
      this.said.delete(name);
      return;
    }
    const isRefusing = REFUSING.has(breaker.state);
    const known = this.said.get(name);
    if (known === undefined) {
      if (isRefusing) this.said.set(name, { refused: breaker.snapshot().totals.refused, at: this.now() });
    } else if (!isRefusing) {
      this.say(name, known);
      this.said.delete(name);
    }
    this.arm();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const [name, known] of this.said) this.say(name, known);
    this.said.clear();
  }

  private readonly sumUp = (): void => {
    this.timer = undefined;
    for (const [name, known] of this.said) {
      this.say(name, known);
      this.look(name);
    }
    this.arm();
  };

  private say(name: string, known: { refused: number; at: number }): void {
    const total = this.registry.find(name)?.snapshot().totals.refused ?? 0;
    const count = total - known.refused;
    const seconds = Math.max(1, Math.round((this.now() - known.at) / 1_000));
    known.refused = total;
    known.at = this.now();
    if (count <= 0) return; // none, or the totals were reset
    const calls = count === 1 ? '1 call' : `${count.toLocaleString('en-US')} calls`;
    this.write(`Circuit breaker "${name}": ${calls} refused in ${seconds} s`);
  }

  private arm(): void {
    if (this.said.size > 0) this.timer ??= this.registry.scope.clock.schedule(INTERVAL, this.sumUp, false);
  }

  private now(): number {
    return this.registry.scope.clock.now();
  }
}
