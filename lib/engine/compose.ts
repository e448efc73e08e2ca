import { Bypass } from './bypass.js';
import type { CallContext, ExecuteOptions } from './call-context.js';
import type { Frame } from './frame.js';
import { Policy } from './policy.js';
import type { Scope } from './scope.js';

/** Several policies as one, the first outermost. */
export class ComposedPolicy extends Policy {
  readonly policy = 'pipeline';
  private readonly bypass: Bypass | undefined;

  constructor(
    readonly policies: readonly Policy[],
    scope: Scope,
  ) {
    super('', scope);
    this.bypass = Bypass.of(policies, scope);
  }

  override execute<T>(work: (context: CallContext) => PromiseLike<T> | T, options?: ExecuteOptions): Promise<T> {
    return (this.bypass?.answer(options) as Promise<T> | undefined) ?? super.execute(work, options);
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
export function compose(...policies: readonly Policy[]): ComposedPolicy {
  const flat = policies.flatMap((policy) => (policy instanceof ComposedPolicy ? policy.policies : [policy]));
  // a named policy lives in an application; its clock and listeners serve the unnamed ones beside it
  const home = flat.find((policy) => policy.name !== '') ?? flat[0];
  if (home === undefined) throw new TypeError('compose() needs at least one policy');
  return new ComposedPolicy(flat, home.scope);
}
