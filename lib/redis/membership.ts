import { randomUUID } from 'node:crypto';

import type { ClusterSnapshot, CoordinatedBreaker, Coordination, ManualState, Outcome } from '../engine/index.js';
import type { Answer, Command, FleetView } from './answer.js';
import type { FleetLink } from './fleet-link.js';
import { Follower } from './follower.js';
import { Lease } from './lease.js';
import type { Grant, LeaseRequest } from './lease.js';
import { Order } from './order.js';
import { Presence } from './presence.js';
import { FORCE, LEASE, REPORT, SYNC, UNVOTE, VOTE } from './scripts.js';
import type { Script } from './scripts.js';
import { Standing } from './standing.js';
import type { Reading } from './standing.js';
import { SyncTurns } from './sync-turns.js';
import { leaseTimeOf, probeTimeOf, remaining } from './times.js';

/**
 * One breaker's part in its fleet. Calls meet the local state alone; this tells the fleet of it, and follows when the
 * fleet opens, closes or obeys an operator. What this instance opened on its own evidence ends only with its own probe.
 * Nothing is told twice in a hurry: what got lost is told again by the next sync.
 */
export class Membership implements Coordination {
  private readonly standing = new Standing();
  private readonly follower: Follower;
  private readonly presence: Presence;
  /** This instance has said that the circuit should be open, and the fleet has not closed it since. */
  private hasVoted = false;
  /** Redis has answered to that. */
  private isCounted = false;
  private stay: unknown;
  private order: Order | null = null;
  private readonly turns: SyncTurns;
  private readonly lease: Lease;

  constructor(
    readonly encoded: string,
    private readonly breaker: CoordinatedBreaker,
    private readonly link: FleetLink,
    private readonly forget: () => void,
  ) {
    this.stay = breaker.machine.stay;
    this.turns = new SyncTurns(breaker);
    this.follower = new Follower(breaker);
    this.presence = new Presence(breaker, link);
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

  heldBack(now: number): number {
    return this.lease.heldBack(now);
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
    this.follower.moved();
    if (this.follower.isMoving || !isNews) return;
    if (stay.kind === 'open') void this.vote(true);
    else if (stay.kind === 'closed' && this.hasVoted) void this.unvote();
  }

  commanded(command: Command, manual: ManualState): void {
    if (this.follower.isMoving) return;
    this.order = new Order(command, manual);
    void this.sync();
  }

  snapshot(): ClusterSnapshot {
    const { link, standing } = this;
    const { incarnation, epoch, votes } = standing;
    return Object.freeze({
      incarnation,
      epoch,
      cause: this.follower.origin,
      votes,
      instances: link.instances,
      connected: link.isConnected,
      fleet: this.presence.fleet,
    });
  }

  dismiss(): void {
    this.leave();
    void this.sync();
    if (this.hasVoted) void this.unvote();
    this.handBack();
    this.forget();
  }

  /** From now on this instance follows no more, and its next {@link sync} says that it isn't to be counted. */
  leave(): void {
    this.presence.leave();
  }

  /** A move as it was published. Answers whether Redis has to be asked: for another incarnation, or what people want. */
  heard(view: FleetView, isForced: boolean): boolean {
    if (view.i !== this.standing.incarnation || isForced) return true;
    if (this.standing.isNews(view)) this.follow(view);
    return false;
  }

  /** The fleet should hear of this one before those where nothing happens. */
  get hasNews(): boolean {
    return this.breaker.machine.stay.kind !== 'closed' || this.hasVoted || this.order !== null;
  }

  /** Whether it is time for a {@link sync}: seldom where nothing happens. */
  isDue(now: number): boolean {
    return this.turns.isDue(now) || this.hasNews || !this.presence.isTold;
  }

  /** Tells the fleet what it should know of this instance, and learns how it stands. */
  sync(): Promise<void> {
    this.turns.note();
    if (this.presence.hasLeft) return this.tell(SYNC, []);
    if (this.order !== null) return this.command(this.order);
    if (!this.hasVoted) return this.tell(SYNC, []);
    return this.breaker.machine.stay.kind === 'closed' ? this.unvote() : this.vote();
  }

  private vote(isNews = false): Promise<void> {
    this.hasVoted = true;
    if (isNews) this.isCounted = false;
    const { id, voteTtl, quorum } = this.link;
    const { epoch, incarnation } = this.standing;
    const known = this.isCounted ? [epoch, incarnation ?? ''] : [0, ''];
    return this.tell(VOTE, [id, voteTtl, quorum, Math.max(0, this.left), ...known], () => (this.isCounted = true));
  }

  private unvote(): Promise<void> {
    return this.tell(UNVOTE, [this.link.id], () => {
      if (this.breaker.machine.stay.kind === 'closed') this.hasVoted = false;
    });
  }

  private async command(order: Order): Promise<void> {
    if (order.isUnderWay || !this.link.isConnected) return;
    if (order.command !== 'isolate') this.hasVoted = false;
    order.isUnderWay = true;
    try {
      const answer = await this.run(FORCE, order.args(this.left));
      if (this.order === order) this.order = null;
      this.standing.note(answer); // it has been done here
    } catch {
      order.isUnderWay = false;
    }
  }

  private report(grant: Grant | null, outcome: 'success' | 'failure' | 'released'): void {
    if (grant === null || grant.token === null) return;
    const { token, e, i } = grant;
    const { quorum, id } = this.link;
    const { successThreshold } = this.breaker.machine.options;
    void this.tell(REPORT, [token, e, i, outcome, successThreshold, quorum, this.probeTime, id]);
    if (outcome !== 'success') this.lease.reset(outcome === 'failure' ? e : undefined);
  }

  private handBack(): void {
    this.report(this.lease.grant, 'released');
    this.lease.reset();
  }

  private ask(): LeaseRequest {
    const [token, duration] = [randomUUID(), leaseTimeOf(this.breaker.machine)];
    return { token, duration, answer: this.question(LEASE, [token, this.link.id, duration]) };
  }

  private async tell(script: Script, args: readonly (string | number)[], heard?: () => unknown): Promise<void> {
    if (!this.link.isConnected) return;
    await this.question(script, args, heard).catch(() => undefined); // the next sync tells it again
  }

  private question(script: Script, args: readonly (string | number)[], heard?: () => unknown): Promise<Answer> {
    const read = this.standing.question();
    return this.run(script, args).then((answer) => {
      heard?.();
      if (!this.presence.hasLeft) this.learn(answer, read(answer));
      return answer;
    });
  }

  private async run(script: Script, args: readonly (string | number)[]): Promise<Answer> {
    try {
      const answer = await this.link.run(script, this.encoded, [...args, ...this.presence.say()]);
      this.presence.hear(answer);
      this.lease.hear(answer);
      return answer;
    } catch (fault) {
      this.presence.lost();
      throw fault;
    }
  }

  private learn(answer: Answer, reading: Reading): void {
    const { standing } = this;
    // a memory that begins with a closed circuit knows less than this instance
    const isBlank = answer.st === 'closed' && answer.command === null;
    if (reading === 'same') standing.votes = answer.votes;
    else if (reading === 'newer' || !isBlank) this.follow(answer, answer);
    else {
      standing.note(answer);
      if (reading === 'reverted') this.follower.retreat();
    }
  }

  private follow(view: FleetView, answer?: Answer): void {
    this.standing.note(answer ?? view);
    if (view.st === 'closed') this.hasVoted = false;
    if (this.order !== null) return; // who has just spoken here will be heard next
    if (view.st === 'closed') this.lease.reset();
    this.follower.follow(view, answer);
  }

  private get left(): number {
    return remaining(this.breaker.machine.stay, this.breaker.scope.clock.now());
  }

  private get probeTime(): number {
    return probeTimeOf(this.breaker.machine);
  }
}
