import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, exponentialBreak } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class LedgerClient {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('ledger', {
    failureThreshold: 2,
    successThreshold: 1,
    // 5 s, 10 s, 20 s, 40 s, 1 m, 1 m …; closing starts over. jitter: 'equal' keeps a fleet from probing at one moment
    breakDuration: exponentialBreak({ initial: '5s', max: '1m', factor: 2, jitter: 'none' }),
  })
  async book(entry: string): Promise<string> {
    return this.upstreams.ask('ledger', `${entry} booked`);
  }
}

@Module({
  providers: [LedgerClient, Upstreams],
  exports: [LedgerClient],
})
export class ProgressiveBreaksModule {}
