import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker } from 'nest-circuit-breaker';
import type { CallContext, Outcome, Settled } from 'nest-circuit-breaker';
import { classifyError } from 'nest-circuit-breaker/engine';

import { Upstreams } from '../stage/upstreams.js';

export interface Answer {
  readonly status: 'ok' | 'service_degraded' | 'not_covered';
}

/** Some services answer 200 and tell in the body that they are ill. */
export function judge(settled: Settled, context: CallContext): Outcome {
  if (!settled.ok) return classifyError(settled.error, context); // thrown errors as ever: 4xx and aborts don't count
  switch ((settled.value as Answer).status) {
    case 'service_degraded':
      return 'failure';
    case 'not_covered':
      return 'ignored'; // about the question, not about the service
    default:
      return 'success';
  }
}

@Injectable()
export class InsuranceClient {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('insurance', { classify: judge, failureThreshold: 3 })
  async quote(status: Answer['status']): Promise<Answer> {
    return this.upstreams.ask('insurance', { status });
  }
}

@Module({
  providers: [InsuranceClient, Upstreams],
  exports: [InsuranceClient],
})
export class BusinessFailuresModule {}
