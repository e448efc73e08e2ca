import type { Scope } from '../scope.js';
import type { CircuitState } from '../snapshot.js';
import type { Transitions } from './transitions.js';

/** A breaker that others name as their `parent`. */
export interface Parent {
  readonly children: Children;
}

/** Whose children they are. */
interface ParentBreaker {
  readonly state: CircuitState;
  readonly machine: Transitions;
  readonly scope: Scope;
}

/** How many breakers stand below one, and how many of them are open; with too many it opens, too. */
export class Children {
  private total = 0;
  private open = 0;

  constructor(private readonly parent: ParentBreaker) {}

  /** The share that is open; 0 without children. */
  get openRatio(): number {
    return this.total === 0 ? 0 : this.open / this.total;
  }

  join(isOpen: boolean): void {
    this.total++;
    if (isOpen) this.open++;
  }

  leave(wasOpen: boolean): void {
    this.total--;
    if (wasOpen) this.open--;
  }

  turn(isOpen: boolean): void {
    this.open += isOpen ? 1 : -1;
  }

  /** One more has opened. What a person has set stays. */
  judge(): void {
    const { state, machine, scope } = this.parent;
    const { childrenOpenRatio } = machine.options;
    if (childrenOpenRatio === null || this.openRatio <= childrenOpenRatio) return;
    if (state === 'closed' || state === 'half_open') machine.open('children_open', scope.clock.now(), undefined);
  }
}

/** A breaker's place among its parent's children: what has changed is told, so that nobody ever counts them. O(1). */
export class ParentTie {
  private parent: Parent | undefined = undefined;
  private isOpen = false;

  /** @param isTold whether the parent hears of it, rather than only counts it */
  follow(parent: Parent | undefined, isOpen: boolean, isTold: boolean): void {
    if (parent !== this.parent) {
      this.parent?.children.leave(this.isOpen);
      parent?.children.join(isOpen);
    } else if (isOpen !== this.isOpen) parent?.children.turn(isOpen);
    const hasOpened = isOpen && !this.isOpen;
    this.parent = parent;
    this.isOpen = isOpen;
    if (hasOpened && isTold) parent?.children.judge();
  }
}
