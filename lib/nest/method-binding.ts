import type { ObservableInput } from 'rxjs';

import { guardIterable } from '../engine/index.js';
import type { CallContext, ExecuteOptions, IterableSource, Policy } from '../engine/index.js';
import { answerOf } from './answer-kind.js';
import { callSignalIndex } from './decorators/call-signal.js';
import { guardObservable } from './observable.js';
import type { Guard } from './observable.js';
import type { BoundMethod, Guarded, LayeredMethod, Runtime } from './runtime.js';
import { guardOf } from './stack.js';

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
  private readonly guard: Guard;
  private readonly signalIndex: number | undefined;
  private readonly work: (context: CallContext) => unknown;

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
        ? (context) => Reflect.apply(original, context.receiver, context.args)
        : (context) => Reflect.apply(original, context.receiver, withSignal(context, index));
  }

  call(receiver: Guarded, args: unknown[]): unknown {
    const { method, operation, signalIndex, guard, work } = this;
    const signal = signalIndex === undefined ? undefined : signalIn(args[signalIndex]);
    const call = new MethodCall(operation, receiver, args, signal);
    switch (method.answer) {
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
      default:
        return this.learn(receiver, args, call);
    }
  }

  /**
   * A call of a method that has not told yet what it returns. What is no promise is called again as what it turned
   * out to be; the call that found out leaves without a trace, as one that its caller has aborted.
   */
  private learn(receiver: Guarded, args: unknown[], call: MethodCall): unknown {
    const { method, operation } = this;
    const leave = new AbortController();
    const signal = call.signal === undefined ? leave.signal : AbortSignal.any([call.signal, leave.signal]);
    let isWaiting = false;
    const work = (context: CallContext): unknown => {
      const returned = this.work(context);
      method.learn(answerOf(returned) ?? 'value');
      if (method.answer !== 'promise' && !isWaiting) leave.abort();
      return returned;
    };
    const promise = this.guard.execute(work, new MethodCall(operation, receiver, args, signal));
    isWaiting = true;
    if (!leave.signal.aborted) return promise;
    promise.catch(() => undefined);
    return this.call(receiver, args);
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
