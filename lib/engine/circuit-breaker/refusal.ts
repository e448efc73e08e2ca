import { CircuitOpenError, withoutStack } from '../errors.js';
import type { Refused } from '../frame.js';
import type { Scope } from '../scope.js';

/** A breaker's no to one call. The error that says so is made when somebody asks for it. */
export class Refusal implements Refused {
  private made: CircuitOpenError | undefined = undefined;

  constructor(
    private readonly breaker: { readonly name: string; readonly scope: Scope },
    readonly state: CircuitOpenError['state'],
    readonly retryAfter: number | null,
  ) {}

  get error(): CircuitOpenError {
    return (this.made ??= this.breaker.scope.refusalStacks ? make(this) : withoutStack(make, this));
  }

  get name(): string {
    return this.breaker.name;
  }
}

const make = ({ name, state, retryAfter }: Refusal): CircuitOpenError =>
  new CircuitOpenError(name, state, retryAfter ?? undefined);
