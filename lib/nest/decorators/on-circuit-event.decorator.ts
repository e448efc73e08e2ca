import { SetMetadata } from '@nestjs/common';

import type { BreakerName, PolicyEventOf, PolicyEventType } from '../../engine/index.js';

const LISTENS = 'nest-circuit-breaker:listens';

/** What a listener method asked for. */
export interface Listening {
  readonly type: PolicyEventType | '*';
  /** Only events of the policy of that name. */
  readonly name: string | undefined;
}

type HeardEvent<T extends PolicyEventType> = { [Type in T]: PolicyEventOf<Type> }[T];

/** Decorates a method that takes this event. */
export type ListenerDecorator<T extends PolicyEventType> = <Method extends (event: HeardEvent<T>) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Has a provider's method hear events of a type, or of all, from all policies or from one breaker. Several may stand
 * above one method. What the method throws is logged and harms nobody.
 */
export function OnCircuitEvent<T extends PolicyEventType = PolicyEventType>(
  type: T | '*' = '*',
  breaker?: BreakerName,
): ListenerDecorator<T> {
  return (_target, _key, descriptor) => {
    const method = descriptor.value as (...args: never[]) => unknown;
    const listening: Listening = { type, name: breaker };
    SetMetadata(LISTENS, [listening, ...listeningOf(method)])(method);
  };
}

/** What a method listens to. */
export const listeningOf = (method: object): readonly Listening[] =>
  (Reflect.getMetadata(LISTENS, method) as readonly Listening[] | undefined) ?? [];
