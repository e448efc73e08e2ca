import { Observable, from, isObservable, of } from 'rxjs';
import type { MonoTypeOperatorFunction, ObservableInput, Subscriber } from 'rxjs';
import { Policy, StreamCall, compose, isAsyncIterable } from '../engine/index.js';
import type { CallContext, ExecuteOptions, Pipeline, StreamShape, StreamSink, StreamSource } from '../engine/index.js';

/**
 * Guards an Observable by policies, the first outermost; a last argument may say more of the calls
 * (`{ signal, operation }`). Each subscription is one call, admitted when it begins and settled once however many items
 * it has; unsubscribing early says nothing about it, and `take(1)` or `firstValueFrom` do just that: where they are used,
 * give the breaker `settleOn: 'first'`. Until the first item a retry may subscribe again, and a fallback may take over,
 * with an Observable, an AsyncIterable, or one item; a hedge's race is won by the first item.
 * @throws {TypeError} without a policy
 */
export function guardedBy<T>(...guards: readonly [Policy, ...Policy[]]): MonoTypeOperatorFunction<T>;
export function guardedBy<T>(...guards: readonly [Policy, ...Policy[], ExecuteOptions]): MonoTypeOperatorFunction<T>;
export function guardedBy<T>(...parts: readonly (Policy | ExecuteOptions)[]): MonoTypeOperatorFunction<T> {
  const { pipeline } = compose(...parts.filter(isGuard));
  const last = parts.at(-1);
  const options = last === undefined || isGuard(last) ? undefined : last;
  return (source) => guardObservable(pipeline, () => source, options);
}

/**
 * An Observable each of whose subscriptions is a call through a pipeline; `source` makes what is subscribed to, once an
 * attempt.
 * @internal
 */
export function guardObservable<T>(
  pipeline: Pipeline,
  source: (context: CallContext) => ObservableInput<T>,
  options?: ExecuteOptions,
): Observable<T> {
  const shape: StreamShape = {
    isPushed: true,
    source: (context, sink) => new ObservableSource(() => source(context), sink),
    substitute: (answer, sink) => new ObservableSource(() => streamOf(answer), sink),
  };
  return new Observable<T>((subscriber) => {
    const call = new StreamCall(pipeline, shape, consumerOf(subscriber), options);
    subscriber.add(() => call.stop()); // before it starts: a synchronous source may be left while it does
    call.start();
  });
}

const isGuard = (part: Policy | ExecuteOptions): part is Policy => part instanceof Policy;

const consumerOf = <T>(subscriber: Subscriber<T>): StreamSink => ({
  next: (item) => subscriber.next(item as T),
  error: (error) => subscriber.error(error),
  complete: () => subscriber.complete(),
});

/** A fallback's answer: the items of a stream, or one item. */
const streamOf = (answer: unknown): ObservableInput<unknown> =>
  isObservable(answer) || isAsyncIterable(answer) ? answer : of(answer);

/** The items of an Observable. */
class ObservableSource implements StreamSource {
  readonly isBusy = true;
  private subscriber: Subscriber<unknown> | undefined;
  private isStopped = false;

  constructor(
    private readonly open: () => ObservableInput<unknown>,
    private readonly sink: StreamSink,
  ) {}

  start(): void {
    const { sink } = this;
    const source = this.open();
    // an Observable around it: that tells the subscriber before the source begins, so that a synchronous one can be left
    const told = new Observable<unknown>((subscriber) => {
      this.subscriber = subscriber;
      if (!this.isStopped) (isObservable(source) ? source : from(source)).subscribe(subscriber);
    });
    told.subscribe({
      next: (item) => sink.next(item),
      error: (error: unknown) => sink.error(error),
      complete: () => sink.complete(),
    });
  }

  pull(): void {
    // it comes by itself
  }

  stop(): undefined {
    this.isStopped = true;
    this.subscriber?.unsubscribe();
  }
}
