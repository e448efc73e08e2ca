import { CallContext } from './call-context.js';
import type { ExecuteOptions } from './call-context.js';
import { addCause } from './cause.js';
import { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.js';
import type { Refused } from './frame.js';
import { FallbackPolicy } from './policies/fallback.js';
import { tellFellBack } from './policies/fallback-handler.js';
import type { FallbackHandler } from './policies/fallback-handler.js';
import type { Policy } from './policy.js';
import { Rejection, promiseOf, rejectLater } from './promises.js';
import type { Scope } from './scope.js';

/**
 * The short way of a call that finds its breaker in the midst of a break, with nothing above it but a fallback of one
 * handler: it is answered without frames, and without an error where nobody would see one. While a service is down,
 * that is every call.
 */
export class Bypass {
  private constructor(
    private readonly fallback: FallbackPolicy,
    private readonly breaker: CircuitBreakerPolicy,
    private readonly scope: Scope,
  ) {}

  /** The one past these policies, where there can be one. */
  static of([first, second]: readonly Policy[], scope: Scope): Bypass | undefined {
    const isOne = first instanceof FallbackPolicy && second instanceof CircuitBreakerPolicy && second.scope === scope;
    return isOne ? new Bypass(first, second, scope) : undefined;
  }

  /** The answer; `undefined` for a call that has to go the long way. */
  answer(options: ExecuteOptions | undefined): Promise<unknown> | undefined {
    const { fallback, breaker, scope } = this;
    const { machine } = breaker;
    if (machine.stay.kind === 'closed' || options?.signal !== undefined || !this.isClear()) return undefined;
    const now = scope.clock.now();
    if (!machine.isShut(now)) return undefined;
    const context = new CallContext(fallback, options, now);
    scope.active++; // whoever hears of the refusal may begin a shutdown
    return this.ask(breaker.refuse(now, context), context);
  }

  /** Whether nobody else has a say, as it is configured at present. */
  private isClear(): boolean {
    const { breaker, fallback, scope } = this;
    const { answers, handlers } = fallback;
    if (!breaker.isEnabled || breaker.hasParent || scope.interceptor !== null) return false;
    return answers === undefined && handlers.length === 1;
  }

  private ask(refusal: Refused, context: CallContext): Promise<unknown> {
    const { fallback } = this;
    const handler = fallback.handlers[0] as FallbackHandler;
    let answer: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      answer = handler(fallback.isSeen(context) ? refusal.error : undefined, context);
      promise = promiseOf(answer);
    } catch (thrown) {
      this.failed(thrown, refusal, context);
      return rejectLater(thrown);
    }
    if (promise !== undefined) return this.whenDone(promise, refusal, context);
    this.answered(refusal, context);
    return Promise.resolve(answer);
  }

  private whenDone(promise: Promise<unknown>, refusal: Refused, context: CallContext): Promise<unknown> {
    return promise.then(
      (value) => {
        this.answered(refusal, context);
        return value;
      },
      (thrown: unknown) => {
        this.failed(thrown, refusal, context);
        return new Rejection(thrown);
      },
    );
  }

  private answered(refusal: Refused, context: CallContext): void {
    context.end();
    tellFellBack(this.fallback, refusal, context);
    this.scope.leave();
  }

  private failed(thrown: unknown, refusal: Refused, context: CallContext): void {
    context.end();
    addCause(thrown, refusal.error);
    this.scope.leave();
  }
}
