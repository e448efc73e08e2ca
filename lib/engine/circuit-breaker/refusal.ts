import { CircuitOpenError, withoutStack } from '../errors.js';
import type { Refused } from '../frame.js';

/** A breaker's no to one call. */
export class Refusal implements Refused {
  private made: CircuitOpenError | undefined = undefined;

  constructor(
    readonly breaker: string,
    readonly state: CircuitOpenError['state'],
    readonly retryAfter: number | undefined,
    private readonly withStack: boolean,
  ) {}

  get error(): CircuitOpenError {
    return (this.made ??= this.withStack ? make(this) : withoutStack(make, this));
  }
}

const make = ({ breaker, state, retryAfter }: Refusal): CircuitOpenError =>
  new CircuitOpenError(breaker, state, retryAfter);
