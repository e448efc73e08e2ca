import type { CallContext, ExecuteOptions } from './call-context.js';
import type { Frame, FrameSource } from './frame.js';
import { guardIterable } from './iteration.js';
import type { IterableSource } from './iteration.js';
import { Pipeline } from './pipeline.js';
import { wrapWith } from './policy.js';
import type { Policy } from './policy.js';
import type { Scope } from './scope.js';

/** Several policies as one. */
export class ComposedPolicy implements FrameSource {
  readonly policy = 'pipeline';
  readonly name = '';
  /** @internal */
  readonly pipeline: Pipeline;

  constructor(
    readonly policies: readonly Policy[],
    readonly scope: Scope,
  ) {
    this.pipeline = new Pipeline(policies, this);
  }

  /** Runs `work` under all policies, the first outermost. */
  execute<T>(work: (context: CallContext) => PromiseLike<T> | T, options?: ExecuteOptions): Promise<T> {
    return this.pipeline.execute(work, options) as Promise<T>;
  }

  /** The items of `source` under all policies, for one `for await`; one call, admitted at the first item. */
  iterate<T>(source: IterableSource<T>, options?: ExecuteOptions): AsyncGenerator<T, unknown, unknown> {
    return guardIterable(this.pipeline, source, options);
  }

  /** `fn` under all policies: same `this`, arguments, name and length. */
  wrap<This, A extends unknown[], R>(
    fn: (this: This, ...args: A) => R,
  ): (this: This, ...args: A) => Promise<Awaited<R>> {
    return wrapWith(this, fn);
  }

  /** @internal */
  frame(inner: Frame): Frame {
    return this.policies.reduceRight<Frame>((chain, policy) => policy.frame(chain), inner);
  }
}

/**
 * Combines policies: the first is the outermost, as with decorators.
 * @throws {TypeError} without a policy
 */
export function compose(...policies: readonly (Policy | ComposedPolicy)[]): ComposedPolicy {
  const flat = policies.flatMap((policy) => (policy instanceof ComposedPolicy ? policy.policies : [policy]));
  // a named policy lives in an application; its clock and listeners serve the unnamed ones beside it
  const home = flat.find((policy) => policy.name !== '') ?? flat[0];
  if (home === undefined) throw new TypeError('compose() needs at least one policy');
  return new ComposedPolicy(flat, home.scope);
}
