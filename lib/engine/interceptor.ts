/** A call as an interceptor sees it. */
export interface InterceptedCall {
  /** One map for all attempts of the call. */
  readonly properties: Map<unknown, unknown>;
  /** The attempt's signal. */
  readonly signal: AbortSignal;
}

/** Steps between breakers and the work they guard: fault injection, in tests. */
export interface Interceptor {
  /** The breaker of that name lets a call pass. */
  admitted(breaker: string, call: InterceptedCall): void;
  /**
   * Comes before each piece of work, below every policy. What it throws, or what its promise rejects with, takes the
   * place of the work; the work waits for its promise.
   */
  before(call: InterceptedCall): Promise<void> | undefined;
}
