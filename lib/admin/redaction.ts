import type { CircuitBreakerSnapshot, FaultReporter } from '../engine/index.js';
import type { CircuitBreakerAdminModuleOptions, Redactable } from './admin-options.js';

/** A snapshot as it leaves the process. */
export type ShownSnapshot = Omit<CircuitBreakerSnapshot, 'options' | 'lastError'> & {
  readonly options: unknown;
  readonly lastError: unknown;
};

/** Asks the application what it wants to be seen of errors and options. */
export class Redaction {
  /** Options are one frozen object until they change. */
  private readonly shown = new WeakMap<object, unknown>();

  constructor(
    private readonly hook: CircuitBreakerAdminModuleOptions['redact'],
    private readonly report: FaultReporter,
  ) {}

  snapshot(snapshot: CircuitBreakerSnapshot): ShownSnapshot {
    if (this.hook === undefined) return snapshot;
    const { name, lastError, options } = snapshot;
    return { ...snapshot, lastError: this.error(name, lastError), options: this.options(name, options) };
  }

  error(breaker: string, value: CircuitBreakerSnapshot['lastError']): unknown {
    return value === null ? null : this.ask({ kind: 'error', breaker, value });
  }

  options(breaker: string, value: Readonly<Record<string, unknown>>): unknown {
    if (this.hook === undefined) return plain(value);
    const known = this.shown.get(value);
    if (known !== undefined && (known as { breaker: string }).breaker === breaker) return (known as Known).answer;
    const answer = this.ask({ kind: 'options', breaker, value: plain(value) });
    this.shown.set(value, { breaker, answer } satisfies Known);
    return answer;
  }

  private ask(what: Redactable): unknown {
    if (this.hook === undefined) return what.value;
    try {
      const answer = this.hook(what);
      JSON.stringify(answer); // better here, where it is known whose fault it is, than halfway through an answer
      return answer;
    } catch (fault) {
      this.report(fault, `the redaction of ${what.kind}`);
      return null;
    }
  }
}

interface Known {
  readonly breaker: string;
  readonly answer: unknown;
}

const plain = (options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.values(options).some((value) => typeof value === 'function')
    ? Object.fromEntries(
        Object.entries(options).map(([key, value]) => [key, typeof value === 'function' ? '[function]' : value]),
      )
    : options;
