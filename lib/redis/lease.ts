import type { Scope, Timer } from '../engine/index.js';
import type { Answer, FleetView } from './answer.js';
import type { FleetLink } from './fleet-link.js';

/** Leave to probe; without a token it is this instance's own, and nobody hears of it. */
export interface Grant {
  readonly token: string | null;
  readonly e: number;
  readonly i: string;
  /** On this machine's monotonic clock, counted from before the request. */
  readonly end: number;
}

/** One request as it is sent. */
export interface LeaseRequest {
  readonly token: string;
  readonly answer: Promise<Answer>;
  /** Asked for, in ms. */
  readonly duration: number;
}

interface Question {
  readonly resolve: () => void;
  readonly timer: Timer;
  /** When it is over, with an answer or without. */
  readonly end: number;
}

/** How long to take no for an answer that names no end, in ms. */
const RETRY = 1_000;

const ALONE: Grant = { token: null, e: 0, i: '', end: Infinity };

/**
 * Whether it is this instance's turn to probe: asked once by the first call after a break, which waits for it at most
 * `leaseDeadline` ms. No answer in that time means that this instance decides alone; an answer that comes later is
 * handed back.
 */
export class Lease {
  private held: Grant | null = null;
  private deniedUntil = -Infinity;
  /** The epoch in which this instance's own probe has failed: it has no second turn in it. */
  private failedIn = -1;
  private question: Question | null = null;
  private claim: Promise<void> | null = null;

  constructor(
    private readonly scope: Scope,
    private readonly link: FleetLink,
    private readonly send: () => LeaseRequest,
    private readonly handBack: (grant: Grant) => void,
  ) {}

  /** The fleet's, if that is what is held. */
  get grant(): (Grant & { readonly token: string }) | null {
    const { held } = this;
    return held === null || held.token === null ? null : (held as Grant & { readonly token: string });
  }

  /** Whether a probe that may take `patience` ms would end within it. */
  covers(patience: number): boolean {
    return this.held !== null && this.scope.clock.now() + patience <= this.held.end;
  }

  /** Asks, unless that is under way, or the last no still holds. */
  request(): void {
    this.claim = null;
    const { clock, random } = this.scope;
    const asked = clock.now();
    if (this.question !== null || asked < this.deniedUntil) return;
    const { isConnected, leaseDeadline } = this.link;
    // alone, all instances would probe in the same instant
    const patience = isConnected ? leaseDeadline : random() * leaseDeadline;
    this.claim = new Promise((resolve) => {
      const timer = clock.schedule(patience, () => this.settle(ALONE), true);
      this.question = { resolve, timer, end: asked + patience };
    });
    if (!isConnected) return;
    const { question } = this;
    const { token, answer, duration } = this.send();
    answer.then(
      ({ verdict, e, i, left }) => {
        const grant =
          verdict === 'granted' ? { token, e, i, end: asked + duration } : verdict === 'free' ? ALONE : null;
        if (this.question === question) this.settle(grant, left);
        else if (grant !== null && grant.token !== null) this.handBack(grant);
      },
      () => {
        if (this.question === question) this.settle(ALONE);
      },
    );
  }

  /** For the call that asked, to wait for; taken once. */
  candidacy(): Promise<void> | null {
    const { claim } = this;
    this.claim = null;
    return claim;
  }

  /** How long to the end of the question, or of the no that answered it, in ms. */
  heldBack(now: number): number {
    const { question, deniedUntil } = this;
    return Math.max(0, (question === null ? deniedUntil : question.end) - now);
  }

  /** Where nobody probes any more, the last no is over before its time. */
  hear({ st, e, left }: FleetView): void {
    if (st === 'half_open' && left === 0 && e !== this.failedIn) this.deniedUntil = -Infinity;
  }

  /** What was held or refused is over. */
  reset(failedIn = this.failedIn): void {
    this.failedIn = failedIn;
    this.held = null;
    this.deniedUntil = -Infinity;
    this.close();
  }

  private settle(grant: Grant | null, left = 0): void {
    const now = this.scope.clock.now();
    this.held = grant;
    if (grant === null) this.deniedUntil = now + (left > 0 ? left : RETRY);
    this.close();
  }

  private close(): void {
    const { question } = this;
    this.question = null;
    question?.timer.cancel();
    question?.resolve();
  }
}
