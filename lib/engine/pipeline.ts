import { CallContext } from './call-context.js';
import type { CallOrigin, ExecuteOptions } from './call-context.js';
import { unwatchCaller, watchCaller } from './caller-signals.js';
import type { AbortTarget } from './caller-signals.js';
import { Frame } from './frame.js';
import type { Adopter, FrameSource } from './frame.js';
import { Deferred, Rejection, rejectLater } from './promises.js';
import { WorkFrame } from './work-frame.js';
import type { WorkSource } from './work-frame.js';

/** The work that a pipeline guards. */
export type Work = (context: CallContext) => unknown;

/** Calls kept for reuse; beyond that the garbage collector has them. */
const POOL_SIZE = 1_024;

const RUNNING = 0;
const SUCCEEDED = 1;
const FAILED = 2;

/**
 * Policies compiled into one: the first is the outermost. A call walks a chain of frames and answers with one
 * promise. Where nothing can settle the call before the method does, that promise is the one derived from the
 * method's own.
 */
export class Pipeline {
  private readonly pool: CallFrame[] = [];

  constructor(
    private readonly sources: readonly FrameSource[],
    readonly origin: CallOrigin,
  ) {}

  execute(work: Work, options: ExecuteOptions | undefined): Promise<unknown> {
    const signal = options?.signal;
    if (signal?.aborted === true) return rejectLater(signal.reason);
    const now = this.origin.scope.clock.now();
    const context = new CallContext(this.origin, options, now);
    return (this.pool.pop() ?? new CallFrame(this)).run(work, context, now);
  }

  /** @internal Links this pipeline's frames above `leaf` and below `root`. */
  link(root: Frame, leaf: Frame): Frame {
    let chain = leaf;
    for (let i = this.sources.length - 1; i >= 0; i--) chain = (this.sources[i] as FrameSource).frame(chain);
    chain.outer = root;
    return chain;
  }

  /** @internal */
  recycle(call: CallFrame): void {
    if (this.pool.length < POOL_SIZE) this.pool.push(call);
  }
}

/** The top of a chain: one call, as its caller sees it. */
class CallFrame extends Frame implements AbortTarget, Adopter, WorkSource {
  private readonly chain: Frame;
  private work: Work | undefined;
  private signal: AbortSignal | undefined;
  private state = RUNNING;
  private result: unknown;
  /** A promise of the call's own, where none below can answer for it. */
  private deferred: Deferred | undefined;
  /** The adopted promise. */
  private derived: Promise<unknown> | undefined;
  private isEntering = false;
  private isReusable = true;

  constructor(private readonly pipeline: Pipeline) {
    super();
    this.chain = pipeline.link(this, new WorkFrame(this));
  }

  run(work: Work, context: CallContext, now: number): Promise<unknown> {
    this.work = work;
    this.pipeline.origin.scope.active++;
    const signal = context.callerSignal;
    if (signal !== undefined) {
      this.signal = signal;
      watchCaller(signal, this);
      this.detach();
    }
    this.isEntering = true;
    this.chain.enter(context, now);
    this.isEntering = false;
    if (this.derived !== undefined) return this.derived;
    if (this.state === RUNNING) return (this.deferred ??= new Deferred()).promise;
    const { state, result } = this;
    this.release();
    return state === SUCCEEDED ? Promise.resolve(result) : rejectLater(result);
  }

  invoke(context: CallContext): unknown {
    const work = this.work as Work;
    const waits = this.pipeline.origin.scope.interceptor?.before(context);
    return waits === undefined ? work(context) : waits.then(() => work(context));
  }

  now(): number {
    return this.pipeline.origin.scope.clock.now();
  }

  adopt(derived: Promise<unknown>): Adopter | undefined {
    // a call that its own method aborted while it was being made has settled already
    if (this.state !== RUNNING || this.derived !== undefined || this.deferred !== undefined) return undefined;
    this.derived = derived;
    return this;
  }

  override detach(): void {
    this.deferred ??= new Deferred();
  }

  override interrupt(task: () => void): void {
    (this.deferred as Deferred).interrupt(task);
  }

  answer(): unknown {
    // a policy waits (a retry's delay, say): from here on the caller follows a promise of the call's own
    if (this.state === RUNNING) return (this.deferred = new Deferred()).promise;
    const { state, result } = this;
    this.release();
    return state === FAILED ? new Rejection(result) : result;
  }

  succeed(value: unknown, _now: number, live: boolean): void {
    this.settle(SUCCEEDED, value, live);
  }

  fail(error: unknown, _now: number, live: boolean): void {
    this.settle(FAILED, error, live);
  }

  callerAborted(reason: unknown): void {
    if (this.state !== RUNNING) return;
    this.chain.cancel(reason, this.now());
    this.settle(FAILED, reason, true);
  }

  spoil(): void {
    this.isReusable = false;
  }

  override splice(): undefined {
    return undefined; // a fallback's answer is the call's result
  }

  ended(): void {
    // the last work of a call that settled earlier; nobody waits for it here
  }

  enter(): void {
    throw new TypeError('nothing stands above the root of a call');
  }

  cancel(): void {
    throw new TypeError('nothing stands above the root of a call');
  }

  fork(): Frame {
    throw new TypeError('nothing stands above the root of a call');
  }

  private settle(state: number, result: unknown, live: boolean): void {
    if (this.state !== RUNNING) return;
    if (live) this.isReusable = false;
    this.state = state;
    this.result = result;
    this.pipeline.origin.scope.leave();
    if (this.signal !== undefined) unwatchCaller(this.signal, this);
    const { deferred } = this;
    if (deferred === undefined || this.isEntering) return; // `run` or `answer` is about to read the result
    this.release();
    if (state === SUCCEEDED) deferred.resolve(result);
    else deferred.reject(result);
  }

  private release(): void {
    this.result = undefined;
    this.signal = undefined;
    this.deferred = undefined;
    this.derived = undefined;
    if (!this.isReusable) return; // stays settled: late words find it so
    this.work = undefined;
    this.state = RUNNING;
    this.pipeline.recycle(this);
  }
}
