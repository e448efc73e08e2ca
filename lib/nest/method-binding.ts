import type { ObservableInput } from 'rxjs';

import { guardIterable } from '../engine/index.js';
import type { CallContext, ExecuteOptions, IterableSource, Policy } from '../engine/index.js';
import { answerOf } from './answer-kind.js';
import type { AnswerKind } from './answer-kind.js';
import { callSignalIndex } from './decorators/call-signal.js';
import { guardObservable } from './observable.js';
import type { BoundMethod, Guarded, LayeredMethod, Method, Runtime } from './runtime.js';
import { guardOf } from './stack.js';

type Work = (context: CallContext) => unknown;

/** What one call tells its pipeline. */
class MethodCall implements ExecuteOptions {
  constructor(
    readonly operation: string,
    readonly receiver: object,
    readonly args: readonly unknown[],
    readonly signal: AbortSignal | undefined,
  ) {}
}

/** A guarded method as one concrete class of one application runs it. */
export class MethodBinding implements BoundMethod {
  private readonly guard: Policy;
  private readonly signalIndex: number | undefined;
  private readonly work: Work;

  constructor(
    readonly runtime: Runtime,
    readonly prototype: object,
    private readonly method: LayeredMethod,
    private readonly operation: string,
    readonly policies: readonly Policy[],
  ) {
    const { original } = method;
    this.guard = guardOf(policies);
    const index = (this.signalIndex = callSignalIndex(prototype, method.key));
    this.work =
      index === undefined
        ? (context) => invoke(original, context.receiver, context.args)
        : (context) => invoke(original, context.receiver, withSignal(context, index));
  }

  call(receiver: Guarded, args: unknown[]): unknown {
    const { method, operation, signalIndex } = this;
    const signal = signalIndex === undefined ? undefined : signalIn(args[signalIndex]);
    const call = new MethodCall(operation, receiver, args, signal);
    return method.answer === undefined ? this.learn(call) : this.run(method.answer, this.work, call);
  }

  private run(answer: AnswerKind | 'value', work: Work, call: MethodCall): unknown {
    const { guard, operation } = this;
    switch (answer) {
      case 'promise':
        return guard.execute(work, call);
      case 'observable':
        return guardObservable(guard.pipeline, work as (context: CallContext) => ObservableInput<unknown>, call);
      case 'iterable':
        return guardIterable(guard.pipeline, work as IterableSource<unknown>, call);
      case 'value':
        throw new TypeError(
          `${operation} returned neither a Promise nor an Observable nor an AsyncIterable, and cannot be guarded. ` +
            `Make it async, or take its resilience decorators away.`,
        );
    }
  }

  /**
   * A call of a method that has not told yet what it returns. One that found out that it is no promise leaves without
   * a trace, as if its caller had aborted it; what was returned then serves the call that it turned out to be.
   */
  private learn(call: MethodCall): unknown {
    const { method, operation } = this;
    const { receiver, args } = call;
    const leave = new AbortController();
    const signal = call.signal === undefined ? leave.signal : AbortSignal.any([call.signal, leave.signal]);
    let isWaiting = false;
    let found: unknown;
    const work: Work = (context) => {
      const returned = this.work(context);
      const answer = answerOf(returned) ?? 'value';
      method.learn(answer);
      if (answer !== 'promise' && !isWaiting) {
        found = returned;
        leave.abort();
      }
      return returned;
    };
    const promise = this.guard.execute(work, new MethodCall(operation, receiver, args, signal));
    isWaiting = true;
    if (!leave.signal.aborted || method.answer === undefined) return promise;
    promise.catch(() => undefined);
    return this.run(method.answer, this.startingWith(found), call);
  }

  /** The work, with its first answer at hand; one that was given a signal is over with that. */
  private startingWith(found: unknown): Work {
    if (this.signalIndex !== undefined) return this.work;
    let first: readonly [unknown] | undefined = [found];
    return (context) => {
      const answer = first === undefined ? this.work(context) : first[0];
      first = undefined;
      return answer;
    };
  }
}

/** `Reflect.apply`, which costs more than a call that is written out. */
function invoke(fn: Method, self: unknown, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 0:
      return fn.call(self);
    case 1:
      return fn.call(self, args[0]);
    case 2:
      return fn.call(self, args[0], args[1]);
    case 3:
      return fn.call(self, args[0], args[1], args[2]);
    default:
      return Reflect.apply(fn, self, args);
  }
}

function withSignal({ args, signal }: CallContext, index: number): readonly unknown[] {
  const own = [...args];
  own[index] = signal;
  return own;
}

/** What the caller passed at the signal's place, if it is one: an HTTP handler finds its request there. */
function signalIn(value: unknown): AbortSignal | undefined {
  return value instanceof AbortSignal ? value : undefined;
}
