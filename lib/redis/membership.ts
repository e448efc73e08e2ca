import { randomUUID } from 'node:crypto';

import type { ClusterSnapshot, CoordinatedBreaker, Coordination, ManualState, Outcome } from '../engine/index.js';
import type { Answer, Command, FleetView } from './answer.js';
import type { FleetLink } from './fleet-link.js';
import { Lease } from './lease.js';
import type { Grant, LeaseRequest } from './lease.js';
import { Order } from './order.js';
import { FORCE, LEASE, REPORT, SYNC, UNVOTE, VOTE } from './scripts.js';
import type { Script } from './scripts.js';
import { probeTimeOf, remaining } from './times.js';

/** How often a closed breaker that nobody calls looks how the fleet stands, in ms. */
const IDLE_INTERVAL = 30_000;
/** In a lease, the time in which probes may begin, at most, in ms; each then has its own time to end. */
const PROBING_TIME = 5_000;
const FLEET = 'cluster'; // the reason of the fleet's moves

/**
 * One breaker's part in its fleet. Calls meet the local state alone; this tells the fleet of it, and follows when the
 * fleet opens, closes or obeys an operator. What this instance opened on its own evidence ends only with its own probe.
 * Nothing is told twice in a hurry: what got lost is told again by the next sync.
 */
export class Membership implements Coordination {
  private incarnation: string | null = null;
  private epoch = 0;
  private votes = 0;
  private cause: 'local' | 'cluster' = 'local';
  /** This instance has said that the circuit should be open, and the fleet has not closed it since. */
  private hasVoted = false;
  private isFollowing = false;
  private stay: unknown;
  private order: Order | null = null;
  private syncedAt = -Infinity;
  private seen = -1;
  private readonly lease: Lease;

  constructor(
    readonly encoded: string,
    private readonly breaker: CoordinatedBreaker,
    private readonly link: FleetLink,
    private readonly forget: () => void,
  ) {
    this.stay = breaker.machine.stay;
    this.lease = new Lease(
      breaker.scope,
      link,
      () => this.ask(),
      (grant) => this.report(grant, 'released'),
    );
  }

  mayProbe(): boolean {
    const { stay } = this.breaker.machine;
    if (this.lease.covers(this.probeTime)) return true;
    // those under way have the last word: their lease is not to be replaced
    if (stay.kind !== 'half_open' || stay.probes.length === 0) this.lease.request();
    return false;
  }

  candidacy(): Promise<void> | null {
    return this.lease.candidacy();
  }

  probed(outcome: Outcome): void {
    const { stay } = this.breaker.machine;
    if (outcome !== 'ignored') this.report(this.lease.grant, outcome);
    else if (stay.kind === 'half_open' && stay.probes.length === 0) this.handBack();
  }

  moved(isNews: boolean): void {
    const { stay } = this.breaker.machine;
    if (stay === this.stay) return;
    this.stay = stay;
    if (stay.kind === 'half_open') return; // still the break's cause, under its lease
    this.handBack();
    this.cause = this.isFollowing ? 'cluster' : 'local';
    if (this.isFollowing || !isNews) return;
    if (stay.kind === 'open') this.vote();
    else if (stay.kind === 'closed' && this.hasVoted) this.unvote();
  }

  commanded(command: Command, manual: ManualState): void {
    if (this.isFollowing) return;
    this.order = new Order(command, manual);
    this.sync();
  }

  snapshot(): ClusterSnapshot {
    const { incarnation, epoch, cause, votes, link } = this;
    return Object.freeze({ incarnation, epoch, cause, votes, instances: link.instances, connected: link.isConnected });
  }

  dismiss(): void {
    if (this.hasVoted) this.unvote();
    this.handBack();
    this.forget();
  }

  /** A move as it was published. Only Redis itself can say that another incarnation holds, or what people want. */
  heard(view: FleetView, isForced: boolean): void {
    if (view.i !== this.incarnation || isForced) this.sync();
    else if (view.e > this.epoch) this.follow(view);
  }

  /** As {@link sync}, but seldom where nothing happens. */
  syncIfDue(now: number): void {
    const { stay, ledger } = this.breaker.machine;
    const seen = ledger.tally.calls + ledger.tally.refused;
    const isIdle = stay.kind === 'closed' && seen === this.seen && !this.hasVoted && this.order === null;
    if (isIdle && now - this.syncedAt < IDLE_INTERVAL) return;
    this.seen = seen;
    this.sync();
  }

  /** Tells the fleet what it should know of this instance, and learns how it stands. */
  sync(): void {
    this.syncedAt = this.now;
    if (this.order !== null) this.command(this.order);
    else if (!this.hasVoted) this.tell(SYNC, []);
    else if (this.breaker.machine.stay.kind === 'closed') this.unvote();
    else this.vote();
  }

  private vote(): void {
    this.hasVoted = true;
    const { id, voteTtl, quorum } = this.link;
    this.tell(VOTE, [id, voteTtl, quorum, Math.max(0, this.left)]);
  }

  private unvote(): void {
    this.tell(UNVOTE, [this.link.id], () => {
      if (this.breaker.machine.stay.kind === 'closed') this.hasVoted = false;
    });
  }

  private command(order: Order): void {
    if (order.isUnderWay || !this.link.isConnected) return;
    if (order.command !== 'isolate') this.hasVoted = false;
    order.isUnderWay = true;
    this.link.run(FORCE, this.encoded, order.args(this.left)).then(
      (answer) => {
        if (this.order === order) this.order = null;
        this.note(answer); // it has been done here
      },
      () => {
        order.isUnderWay = false;
      },
    );
  }

  private report(grant: Grant | null, outcome: 'success' | 'failure' | 'released'): void {
    if (grant === null || grant.token === null) return;
    const { token, e, i } = grant;
    const { quorum, id } = this.link;
    const { successThreshold } = this.breaker.machine.options;
    this.tell(REPORT, [token, e, i, outcome, successThreshold, quorum, this.probeTime, id]);
    if (outcome !== 'success') this.lease.reset();
  }

  private handBack(): void {
    this.report(this.lease.grant, 'released');
    this.lease.reset();
  }

  private ask(): LeaseRequest {
    const token = randomUUID();
    const { probeTime } = this;
    const duration = probeTime + Math.min(probeTime, PROBING_TIME);
    const answer = this.link.run(LEASE, this.encoded, [token, this.link.id, duration]);
    return { token, duration, answer: answer.then((each) => this.learn(each)) };
  }

  private tell(script: Script, args: readonly (string | number)[], heard?: () => void): void {
    if (!this.link.isConnected) return;
    this.link.run(script, this.encoded, args).then(
      (answer) => {
        heard?.();
        this.learn(answer);
      },
      () => undefined, // the next sync tells it again
    );
  }

  private learn(answer: Answer): Answer {
    const isOther = answer.i !== this.incarnation;
    // a memory that begins with a closed circuit knows less than this instance
    if (isOther && answer.st === 'closed' && answer.command === null) this.note(answer);
    else if (isOther || answer.e > this.epoch) this.follow(answer, answer);
    else this.votes = answer.votes;
    return answer;
  }

  private note({ i, e, votes }: Pick<Answer, 'i' | 'e'> & { readonly votes?: number }): void {
    this.incarnation = i;
    this.epoch = e;
    this.votes = votes ?? this.votes;
  }

  private follow(view: FleetView, answer?: Answer): void {
    this.note(answer ?? view);
    if (view.st === 'closed') this.hasVoted = false;
    if (this.order !== null) return; // who has just spoken here will be heard next
    this.isFollowing = true;
    try {
      if (answer !== undefined && answer.command !== null) this.obey(answer.command, answer);
      else if (view.st === 'closed') this.followClosed();
      else if (view.st !== 'isolated') this.followOpen(view);
    } finally {
      this.isFollowing = false;
    }
  }

  private obey(command: Command, { actor, reason, left }: Answer): void {
    const { machine } = this.breaker;
    const manual = { ...(actor === '' ? {} : { actor }), ...(reason === '' ? {} : { reason }) };
    if (command === 'isolate') machine.isolate(left < 0 ? manual : { ...manual, for: Math.max(1, left) }, this.now);
    else if (command === 'close') machine.close(manual);
    else machine.reset(manual);
  }

  private followOpen({ st, left }: FleetView): void {
    const { machine } = this.breaker;
    const { kind } = machine.stay;
    const isAgain = st === 'open' && (kind === 'half_open' || (kind === 'open' && this.cause === 'cluster'));
    if (kind !== 'closed' && !isAgain) return; // open on its own evidence, or as people want it
    machine.open(FLEET, this.now, undefined, undefined, st === 'open' ? Math.max(0, left) : 0);
  }

  private followClosed(): void {
    const { machine } = this.breaker;
    const { stay } = machine;
    this.lease.reset();
    const hasProof = stay.kind === 'half_open' && stay.successes > 0;
    const isTheirs = this.cause === 'cluster' && ['open', 'half_open', 'isolated'].includes(stay.kind);
    if (hasProof || isTheirs) machine.close({ reason: FLEET });
  }

  private get now(): number {
    return this.breaker.scope.clock.now();
  }

  private get left(): number {
    return remaining(this.breaker.machine.stay, this.now);
  }

  private get probeTime(): number {
    return probeTimeOf(this.breaker.machine);
  }
}
