import type { Mode } from '../upstreams/mode.js';

/** One change of the breaker's state. */
export interface Turn {
  readonly from: string;
  readonly to: string;
}

/** What happened to the breaker, and whether it is the story the demo promises. */
export class Story {
  private readonly turns: Turn[] = [];
  state = 'closed';

  /** Notes the state as it is now, and tells if that is news. */
  note(state: string): Turn | undefined {
    if (state === this.state) return undefined;
    const turn = { from: this.state, to: state };
    this.state = state;
    this.turns.push(turn);
    return turn;
  }

  /** What did not happen that should have; nothing if all went as promised. */
  missing(fallbacks: number): string | undefined {
    if (!this.turned('open')) return 'the breaker never opened';
    if (fallbacks === 0) return 'no customer was answered from the fallback';
    if (!this.turned('half_open')) return 'the breaker never let a probe through';
    if (!this.turned('closed')) return `the breaker did not close again: it is ${this.state.replace('_', '-')}`;
    return undefined;
  }

  private turned(state: string): boolean {
    return this.turns.some(({ to }) => to === state);
  }
}

/** A turn in the words of somebody who watches. */
export function tell({ from, to }: Turn, ailment: Mode): string {
  if (to === 'half_open') return 'The break is over: a few orders go through as probes.';
  if (to === 'closed') return 'Enough probes in a row succeeded: the breaker closes.';
  if (from === 'half_open') return 'A probe failed: open again, for another break.';
  return `Half of the calls ${ailment === 'slow' ? 'were slow' : 'failed'}: the breaker opens, fallbacks answer.`;
}
