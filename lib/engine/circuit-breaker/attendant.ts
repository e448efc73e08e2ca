import type { Scope } from '../scope.js';
import { ActiveProbing } from './active-probing.js';
import { ParentTie } from './children.js';
import type { Parent } from './children.js';
import type { CircuitBreakerOptions } from './options.js';
import type { Transitions, Witness } from './transitions.js';

/** Whether a breaker needs somebody besides its callers. */
const isNeeded = ({ parent, probe }: CircuitBreakerOptions): boolean => parent !== null || probe !== null;

/** The attendant of a breaker that needs one. */
export function attendantOf(
  machine: Transitions,
  scope: Scope,
  parentOf: (name: string) => Parent | undefined,
): Attendant | null {
  return isNeeded(machine.options) ? new Attendant(machine, scope, parentOf) : null;
}

/**
 * What some breakers do besides judging their calls: tell a parent, ask the service themselves. Most do nothing of the
 * kind and have no attendant.
 */
class Attendant implements Witness {
  private readonly tie = new ParentTie();
  private readonly probing: ActiveProbing;
  private isDismissed = false;

  constructor(
    private readonly machine: Transitions,
    private readonly scope: Scope,
    private readonly parentOf: (name: string) => Parent | undefined,
  ) {
    this.probing = new ActiveProbing(machine, scope);
  }

  moved(isNews: boolean): void {
    if (this.isDismissed) return;
    this.probing.moved();
    this.tie.follow(this.findParent(), this.machine.stay.kind === 'open', isNews);
  }

  holdsBack(): boolean {
    return this.probing.holdsBack();
  }

  dismiss(): void {
    this.isDismissed = true;
    this.probing.stop();
    this.tie.follow(undefined, false, false);
  }

  private findParent(): Parent | undefined {
    const { parent } = this.machine.options;
    if (parent === null) return undefined;
    try {
      return this.parentOf(parent);
    } catch (fault) {
      this.scope.report(fault, `the parent of circuit breaker "${this.machine.name}"`); // each call will say so, too
      return undefined;
    }
  }
}
