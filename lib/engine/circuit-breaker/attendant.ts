import type { Outcome } from '../outcome.js';
import type { Coordination } from '../ports.js';
import type { Scope } from '../scope.js';
import type { ClusterSnapshot } from '../snapshot.js';
import type { WindowCounts } from '../window/window.js';
import { Adaptation } from './adaptation.js';
import { ActiveProbing } from './active-probing.js';
import { ParentTie } from './children.js';
import type { Parent } from './children.js';
import type { CircuitBreakerOptions } from './options.js';
import type { StateMachine } from './state-machine.js';
import type { ManualState, Witness } from './transitions.js';

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

/** Gives a breaker's fleet a say in it, or takes it away. */
export function coordinate(
  machine: StateMachine,
  scope: Scope,
  options: CircuitBreakerOptions,
  parentOf: ((name: string) => Parent) | undefined,
  coordination: Coordination | null,
): void {
  if (!(machine.witness instanceof Attendant)) {
    machine.witness = new Attendant(machine, scope, parentOf);
    machine.witness.configured(options);
  }
  (machine.witness as Attendant).coordination = coordination;
}

/**
 * What some breakers do besides judging their calls: tell a parent, ask the service themselves, adapt their
 * options, follow a fleet. Most do nothing of the kind and have no attendant.
 */
class Attendant implements Witness {
  private readonly tie = new ParentTie();
  private readonly probing: ActiveProbing;
  private adaptation: Adaptation | null = null;
  private isDismissed = false;
  coordination: Coordination | null = null;

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
    this.coordination?.moved(isNews);
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

  mayProbe(): boolean {
    return this.coordination === null || this.coordination.mayProbe();
  }

  candidacy(): Promise<void> | null {
    return this.coordination === null ? null : this.coordination.candidacy();
  }

  heldBack(now: number): number {
    return this.coordination === null ? 0 : this.coordination.heldBack(now);
  }

  probed(outcome: Outcome): void {
    this.coordination?.probed(outcome);
  }

  commanded(command: 'isolate' | 'close' | 'reset', manual: ManualState): void {
    this.coordination?.commanded(command, manual);
  }

  get cluster(): ClusterSnapshot | null {
    return this.coordination === null ? null : this.coordination.snapshot();
  }

  dismiss(): void {
    this.isDismissed = true;
    this.coordination?.dismiss();
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
