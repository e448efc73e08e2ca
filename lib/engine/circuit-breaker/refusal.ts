import { CircuitOpenError } from '../errors.js';
import type { Refused } from '../frame.js';

/** A breaker's no to one call. */
export class Refusal implements Refused {
  private made: CircuitOpenError | undefined = undefined;

  constructor(
    private readonly breaker: string,
    private readonly state: CircuitOpenError['state'],
    private readonly retryAfter: number | undefined,
    private readonly withStack: boolean,
  ) {}

  get error(): CircuitOpenError {
    return (this.made ??= this.withStack ? this.make() : this.makeWithoutStack());
  }

  private make(): CircuitOpenError {
    return new CircuitOpenError(this.breaker, this.state, this.retryAfter);
  }

  /** As `withoutStack` does, without the closure: refusals come in floods. */
  private makeWithoutStack(): CircuitOpenError {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return this.make();
    } finally {
      Error.stackTraceLimit = limit;
    }
  }
}
