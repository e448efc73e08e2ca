import type { Scope } from '../scope.js';
import type { WindowCounts } from '../window/window.js';
import { Adaptation } from './adaptation.js';
import { ActiveProbing } from './active-probing.js';
import { ParentTie } from './children.js';
import type { Parent } from './children.js';
import type { CircuitBreakerOptions } from './options.js';
import type { StateMachine } from './state-machine.js';
import type { Witness } from './transitions.js';

/** Whether a breaker needs somebody besides its callers. */
const isNeeded = ({ parent, probe, adaptive }: CircuitBreakerOptions): boolean =>
  parent !== null || probe !== null || isAdaptive(adaptive);

const isAdaptive = (adaptive: CircuitBreakerOptions['adaptive']): boolean => adaptive !== null && adaptive !== false;

/** Lets a breaker's attendant know its configured options; one that needs none gets none. */
export function attend(
  machine: StateMachine,
  scope: Scope,
  options: CircuitBreakerOptions,
  parentOf: ((name: string) => Parent) | undefined,
): void {
  if (machine.witness === null && isNeeded(options)) machine.witness = new Attendant(machine, scope, parentOf);
  machine.witness?.configured(options);
}

/**
 * What some breakers do besides judging their calls: tell a parent, ask the service themselves, adapt their
 * options. Most do nothing of the kind and have no attendant.
 */
class Attendant implements Witness {
  private readonly tie = new ParentTie();
  private readonly probing: ActiveProbing;
  private adaptation: Adaptation | null = null;
  private isDismissed = false;

  constructor(
    private readonly machine: StateMachine,
    private readonly scope: Scope,
    private readonly parentOf: ((name: string) => Parent) | undefined,
  ) {
    this.probing = new ActiveProbing(machine, scope);
  }

  moved(isNews: boolean): void {
    if (this.isDismissed) return;
    this.probing.moved();
    this.tie.follow(this.findParent(), this.machine.stay.kind === 'open', isNews);
  }

  configured(base: CircuitBreakerOptions): void {
    if (!isAdaptive(base.adaptive)) this.adaptation = null;
    else if (this.adaptation?.adaptive === base.adaptive) this.adaptation.rebase(base, this.scope.clock.now());
    else this.adaptation = new Adaptation(this.machine, this.scope, base);
    this.moved(false);
  }

  counted(counts: Readonly<WindowCounts>, now: number): void {
    this.adaptation?.count(counts, now);
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
      return this.parentOf?.(parent);
    } catch (fault) {
      this.scope.report(fault, `the parent of circuit breaker "${this.machine.name}"`); // each call will say so, too
      return undefined;
    }
  }
}
