import type { Clock, InterceptedCall, Interceptor, Scope } from '../engine/index.js';

/** One hit of a fault. */
export interface Strike {
  /** In ms. */
  readonly delay: number;
  readonly makeError: (() => unknown) | undefined;
}

/** A fault behind the breaker of that name. */
export interface StandingFault {
  readonly name: string;
  /** Whether and how this call is hit. */
  strike(): Strike | undefined;
}

/** The faults of one registry. It steps into calls while there are any, and costs them nothing otherwise. */
export class FaultInjector implements Interceptor {
  private readonly faults = new Set<StandingFault>();
  /** The breakers that each call has passed, by its properties, which its attempts share. */
  private readonly passed = new WeakMap<object, Set<string>>();

  private constructor(private readonly scope: Scope) {}

  static of(scope: Scope): FaultInjector {
    return scope.interceptor instanceof FaultInjector ? scope.interceptor : new FaultInjector(scope);
  }

  /** Answers how to take it away. */
  add(fault: StandingFault): () => void {
    this.faults.add(fault);
    this.scope.interceptor = this;
    return () => {
      this.faults.delete(fault);
      if (this.faults.size === 0 && this.scope.interceptor === this) this.scope.interceptor = null;
    };
  }

  admitted(breaker: string, call: InterceptedCall): void {
    const { properties } = call;
    const names = this.passed.get(properties);
    if (names === undefined) this.passed.set(properties, new Set([breaker]));
    else names.add(breaker);
  }

  before(call: InterceptedCall): Promise<void> | undefined {
    const names = this.passed.get(call.properties);
    if (names === undefined) return undefined;
    let delay = 0;
    let makeError: (() => unknown) | undefined;
    for (const fault of this.faults) {
      if (![...names].some((name) => name === fault.name || name.startsWith(`${fault.name}:`))) continue;
      const strike = fault.strike();
      delay += strike?.delay ?? 0;
      makeError ??= strike?.makeError;
    }
    if (delay > 0) return held(this.scope.clock, delay, call.signal, makeError);
    if (makeError !== undefined) throw makeError();
    return undefined;
  }
}

/** Resolves after `delay` ms, or rejects then with the error; rejects when the call is given up meanwhile. */
function held(clock: Clock, delay: number, signal: AbortSignal, makeError: (() => unknown) | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.schedule(
      delay,
      () => {
        signal.removeEventListener('abort', onAbort);
        if (makeError === undefined) resolve();
        else reject(makeError());
      },
      true,
    );
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
