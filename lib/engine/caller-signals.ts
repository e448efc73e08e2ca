/** Hears of its caller's abort. */
export interface AbortTarget {
  callerAborted(reason: unknown): void;
}

const targetsOf = new WeakMap<AbortSignal, { targets: Set<AbortTarget>; stop: () => void }>();

/**
 * Watches a caller's signal for a call. However many calls share a signal it carries one listener, and none once the
 * last of them has ended.
 */
export function watchCaller(signal: AbortSignal, target: AbortTarget): void {
  const known = targetsOf.get(signal);
  if (known !== undefined) {
    known.targets.add(target);
    return;
  }
  const targets = new Set([target]);
  const onAbort = (): void => {
    targetsOf.delete(signal);
    for (const each of [...targets]) each.callerAborted(signal.reason);
  };
  targetsOf.set(signal, { targets, stop: () => signal.removeEventListener('abort', onAbort) });
  signal.addEventListener('abort', onAbort, { once: true });
}

export function unwatchCaller(signal: AbortSignal, target: AbortTarget): void {
  const known = targetsOf.get(signal);
  if (known === undefined || !known.targets.delete(target) || known.targets.size > 0) return;
  known.stop();
  targetsOf.delete(signal);
}
