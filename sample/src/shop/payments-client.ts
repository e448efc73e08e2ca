import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { CallSignal, CircuitBreaker, Fallback, Retry, Timeout } from 'nest-circuit-breaker';

import { bodyOf } from './upstream-error.js';

export interface Charge {
  readonly order: string;
  /** `deferred`: the order stands and the card is charged once payments are back. */
  readonly status: 'captured' | 'deferred';
}

@Injectable()
export class PaymentsClient {
  private readonly deferred: { readonly order: string; readonly amount: number }[] = [];

  constructor(private readonly config: ConfigService) {}

  @Fallback('chargeLater')
  @Retry({ maxAttempts: 3, delay: '50ms' })
  @CircuitBreaker('payments')
  @Timeout('800ms')
  async charge(order: string, amount: number, @CallSignal() signal?: AbortSignal): Promise<Charge> {
    const url = `${this.config.getOrThrow<string>('PAYMENTS_URL')}/charges/${order}?amount=${amount}`;
    return bodyOf('payments', await fetch(url, { method: 'PUT', signal: signal ?? null }));
  }

  chargeLater(order: string, amount: number): Charge {
    this.deferred.push({ order, amount });
    if (this.deferred.length > 1_000) this.deferred.shift();
    return { order, status: 'deferred' };
  }
}
