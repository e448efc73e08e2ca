// The work that is guarded, and the settings that all subjects share.
import { setImmediate as turn } from 'node:timers/promises';

export const value = { ok: true };
export const failure = new Error('the service failed');
export const HOUR = 3_600_000;
/** Half of the calls in a rolling window open the circuit, at least `calls` of them; then it stays open for an hour. */
export const shared = { ratio: 0.5, window: 10_000, calls: 20, never: 1_000_000_000, timeout: 10_000 };

export const succeed = async () => value;

export const fail = async () => {
  throw failure;
};

/** One turn of the event loop, as the shortest I/O takes. */
export const io = async () => {
  await turn();
  return value;
};

export const hang = () => new Promise(() => {});

/** A call that fails: `uncaught` is for loops that catch by themselves, so that no wrapper is measured. */
export const caught = (call) =>
  Object.assign(
    async () => {
      try {
        return await call();
      } catch {
        return undefined;
      }
    },
    { uncaught: call },
  );

/** Calls through many guards, each time another one, in an order that no cache foresees. */
export function scattered(guards, call) {
  let at = 0;
  return () => {
    at = (at + 7_919) % guards.length;
    return call(guards[at]);
  };
}

/** The same, after a first call through each. */
export async function called(guards, call) {
  for (const guard of guards) await call(guard);
  return scattered(guards, call);
}
