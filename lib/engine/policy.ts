import type { CallContext, ExecuteOptions } from './call-context.js';
import type { PolicyKind } from './events.js';
import type { Frame, FrameSource } from './frame.js';
import { guardIterable } from './iteration.js';
import type { IterableSource } from './iteration.js';
import { Pipeline } from './pipeline.js';
import type { Scope } from './scope.js';

/** One way of guarding a call. Policies are combined with `compose`; alone, each is a pipeline of one. */
export abstract class Policy implements FrameSource {
  abstract readonly policy: PolicyKind;
  private chain: Pipeline | undefined = undefined;
  /** @internal */
  isRetired = false;

  constructor(
    /** Empty for an unnamed policy. */
    readonly name: string,
    readonly scope: Scope,
  ) {}

  /** @internal */
  abstract frame(inner: Frame): Frame;

  /** @internal The registry has forgotten it. */
  retire(): void {
    this.isRetired = true;
  }

  /** @internal */
  get pipeline(): Pipeline {
    return (this.chain ??= new Pipeline([this], this));
  }

  /**
   * Runs `work` under this policy. The work's own error reaches the caller as it was thrown.
   * @throws {@link ResilienceError} what the policy itself has to say, always as a rejection
   */
  execute<T>(work: (context: CallContext) => PromiseLike<T> | T, options?: ExecuteOptions): Promise<T> {
    return this.pipeline.execute(work, options) as Promise<T>;
  }

  /**
   * The items of `source` under this policy, for one `for await`. The call is admitted when the first item is asked
   * for, and it is one call however many items follow; leaving the loop early says nothing about it.
   */
  iterate<T>(source: IterableSource<T>, options?: ExecuteOptions): AsyncGenerator<T, unknown, unknown> {
    return guardIterable(this.pipeline, source, options);
  }

  /** `fn` under this policy: same `this`, arguments, name and length. */
  wrap<This, A extends unknown[], R>(
    fn: (this: This, ...args: A) => R,
  ): (this: This, ...args: A) => Promise<Awaited<R>> {
    const operation = fn.name === '' ? undefined : fn.name;
    const execute = (work: () => Awaited<R>, args: A): Promise<Awaited<R>> => this.execute(work, { operation, args });
    const wrapped = function (this: This, ...args: A): Promise<Awaited<R>> {
      return execute(() => fn.apply(this, args) as Awaited<R>, args);
    };
    Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
    return wrapped;
  }
}

/** Anything that runs work under a guard. */
export interface Executor {
  execute<T>(work: (context: CallContext) => PromiseLike<T> | T, options?: ExecuteOptions): Promise<T>;
}
