import { AsyncLocalStorage } from 'node:async_hooks';

import type { Timer } from '../clock.js';
import type { Scope } from '../scope.js';
import type { ActiveProbe } from './options.js';
import type { Stay } from './states.js';
import type { Transitions } from './transitions.js';

/** Runs a step in nobody's context: a probe is no part of the call that opened the breaker. */
const outside = AsyncLocalStorage.snapshot() as <R>(step: () => R) => R;

interface Run {
  readonly controller: AbortController;
  readonly deadline: number;
  readonly timer: Timer;
}

/**
 * Asks the service itself when a break is over. Until it says that it is well, all callers are refused; then the
 * breaker is half-open, and their calls have the last word: a health check that passes doesn't prove that they will.
 * If it says no, or nothing in time, the next break begins, of `probeInterval` where that is given.
 *
 * The one place where a breaker has a timer, since nobody's call would start the probe. It never keeps the process
 * alive. Should it be late, a caller's refusal starts what is due.
 */
export class ActiveProbing {
  private probe: ActiveProbe | null = null;
  private watched: Stay | null = null;
  private timer: Timer | null = null;
  private run: Run | null = null;
  /** The service has said that it is well, in this break. */
  private isAnswered = false;

  constructor(
    private readonly machine: Transitions,
    private readonly scope: Scope,
  ) {}

  /** The state or the options have changed. */
  moved(): void {
    const { stay, options } = this.machine;
    if (stay === this.watched && options.probe === this.probe) return;
    this.stop();
    this.watched = stay;
    this.isAnswered = false;
    this.probe = options.probe;
    if (this.probe !== null && (stay.kind === 'open' || stay.kind === 'isolated')) this.waitUntil(stay.until);
  }

  /** Whether calls have to wait for a probe though the break is over; starts what is due. */
  holdsBack(): boolean {
    if (this.probe === null || this.isAnswered) return false;
    const { run } = this;
    if (run === null) this.begin();
    else if (this.scope.clock.now() >= run.deadline) this.expire();
    return true;
  }

  /** Forgets what it waits for; a probe under way is aborted. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    const run = this.end();
    if (run !== null) abort(run, 'The answer is no longer needed', 'AbortError');
  }

  private waitUntil(instant: number): void {
    if (instant === Infinity) return;
    const delay = Math.max(0, instant - this.scope.clock.now());
    this.timer = outside(() => this.scope.clock.schedule(delay, this.onTime, false));
  }

  private readonly onTime = (): void => {
    this.timer = null;
    const { stay } = this.machine;
    if (!('until' in stay)) return;
    if (stay.until > this.scope.clock.now())
      this.waitUntil(stay.until); // timers may fire a little early
    else this.begin();
  };

  private begin(): void {
    const { machine, scope, probe } = this;
    const { stay, options } = machine;
    this.timer?.cancel();
    this.timer = null;
    if (probe === null || scope.isClosing || !scope.enabled || !options.enabled) return;
    const now = scope.clock.now();
    const isOpen = stay.kind === 'open';
    const patience = options.halfOpenTimeout ?? (isOpen ? stay.breakDuration : machine.nextBreak(1));
    if (isOpen) stay.until = now + patience; // what callers are told to wait for
    outside(() => {
      const controller = new AbortController();
      const timer = scope.clock.schedule(patience, this.expire, false);
      const run = (this.run = { controller, deadline: now + patience, timer });
      scope.abortable.add(controller);
      new Promise<unknown>((resolve) => resolve(probe(controller.signal))).then(
        () => {
          if (this.run === run) this.succeed();
        },
        () => {
          if (this.run === run) this.fail('probe_failed', scope.clock.now());
        },
      );
    });
  }

  private succeed(): void {
    this.end();
    const { machine } = this;
    const { stay } = machine;
    if (machine.witness?.cluster !== null && stay.kind === 'open') {
      // a fleet lets one instance's callers probe at a time: the next call asks
      this.isAnswered = true;
      stay.until = this.scope.clock.now();
    } else machine.toHalfOpen('probe_succeeded');
  }

  private fail(reason: string, now: number): void {
    this.end();
    const { machine } = this;
    machine.open(reason, now, undefined, machine.options.probeInterval ?? undefined);
  }

  private readonly expire = (): void => {
    const { run } = this;
    if (run === null) return;
    this.fail('probe_timed_out', run.deadline);
    abort(run, 'The probe took too long', 'TimeoutError');
  };

  private end(): Run | null {
    const { run } = this;
    this.run = null;
    if (run === null) return null;
    run.timer.cancel();
    this.scope.abortable.delete(run.controller);
    return run;
  }
}

const abort = ({ controller }: Run, message: string, name: string): void =>
  outside(() => controller.abort(new DOMException(message, name)));
