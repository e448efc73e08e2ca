import { CircuitOpenError, withoutStack } from '../errors.js';
import type { Refused } from '../frame.js';
import type { Scope } from '../scope.js';
import type { Stay } from './states.js';

/** A breaker as those see it who have been refused. */
export interface Refusing {
  readonly name: string;
  readonly scope: Scope;
  readonly machine: { retryAfter(now: number, stay: Stay): number | null };
}

/** A breaker's no to one call; what it says in full is made out when somebody asks. */
export class Refusal implements Refused {
  private made: CircuitOpenError | undefined = undefined;

  constructor(
    private readonly breaker: Refusing,
    /** Where the breaker was then: whoever hears of the refusal may move it. */
    private readonly stay: Stay,
    private readonly at: number,
  ) {}

  get error(): CircuitOpenError {
    return (this.made ??= this.breaker.scope.refusalStacks ? make(this) : withoutStack(make, this));
  }

  get name(): string {
    return this.breaker.name;
  }

  get state(): CircuitOpenError['state'] {
    return this.stay.kind as CircuitOpenError['state'];
  }

  get retryAfter(): number | null {
    return this.breaker.machine.retryAfter(this.at, this.stay);
  }
}

const make = ({ name, state, retryAfter }: Refusal): CircuitOpenError =>
  new CircuitOpenError(name, state, retryAfter ?? undefined);
