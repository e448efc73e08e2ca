const CALL_SIGNAL = 'nest-circuit-breaker:call-signal';

/**
 * Puts this attempt's `AbortSignal` at a parameter: it aborts on time-out, on the loss of a hedge, on shutdown, and
 * with the signal that the caller passed at that place.
 */
export function CallSignal(): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) {
      throw new TypeError(
        `@CallSignal() on the constructor of ${(target as { name: string }).name}: put it on a parameter of a guarded method`,
      );
    }
    Reflect.defineMetadata(CALL_SIGNAL, index, target, key);
  };
}

/** The place of a method's `@CallSignal()` parameter. */
export const callSignalIndex = (target: object, key: PropertyKey): number | undefined =>
  Reflect.getMetadata(CALL_SIGNAL, target, key as string | symbol) as number | undefined;
