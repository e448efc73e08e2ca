import type { CoordinatedBreaker } from '../engine/index.js';
import type { Answer, Command, FleetView } from './answer.js';

const FLEET = 'cluster'; // the reason of the fleet's moves

/** Brings a breaker to where its fleet is, as far as its own evidence and what people said here allow. */
export class Follower {
  /** The move under way is the fleet's. */
  isMoving = false;
  private cause: 'local' | 'cluster' = 'local';

  constructor(private readonly breaker: CoordinatedBreaker) {}

  /** Whose evidence, or word, the present state is. */
  get origin(): 'local' | 'cluster' {
    return this.cause;
  }

  /** The breaker has moved, by the fleet's doing or by its own. */
  moved(): void {
    this.cause = this.isMoving ? 'cluster' : 'local';
  }

  /** To where a message says that the fleet is, or an answer, which knows more. */
  follow(view: FleetView, answer?: Answer): void {
    this.move(() => {
      if (answer !== undefined && answer.command !== null) this.obey(answer.command, answer);
      else if (view.st === 'closed') this.close();
      else if (view.st !== 'isolated') this.open(view);
    });
  }

  /** The move to which the fleet had been followed is none, or forgotten. */
  retreat(): void {
    if (this.breaker.machine.stay.kind !== 'isolated') this.move(() => this.close());
  }

  private obey(command: Command, { actor, reason, left }: Answer): void {
    const { machine } = this.breaker;
    const manual = { ...(actor === '' ? {} : { actor }), ...(reason === '' ? {} : { reason }) };
    if (command === 'isolate') machine.isolate(left < 0 ? manual : { ...manual, for: Math.max(1, left) }, this.now);
    else if (command === 'close') machine.close(manual);
    else machine.reset(manual);
  }

  private open({ st, left }: FleetView): void {
    const { machine } = this.breaker;
    const { kind } = machine.stay;
    const isAgain = st === 'open' && (kind === 'half_open' || (kind === 'open' && this.cause === 'cluster'));
    if (kind !== 'closed' && !isAgain) return; // open on its own evidence, or as people want it
    machine.open(FLEET, this.now, undefined, undefined, st === 'open' ? Math.max(0, left) : 0);
  }

  private close(): void {
    const { machine } = this.breaker;
    const { stay } = machine;
    const hasProof = stay.kind === 'half_open' && stay.successes > 0;
    const isTheirs = this.cause === 'cluster' && ['open', 'half_open', 'isolated'].includes(stay.kind);
    if (hasProof || isTheirs) machine.close({ reason: FLEET });
  }

  private move(step: () => void): void {
    this.isMoving = true;
    try {
      step();
    } finally {
      this.isMoving = false;
    }
  }

  private get now(): number {
    return this.breaker.scope.clock.now();
  }
}
