import { Injectable, Module, ServiceUnavailableException } from '@nestjs/common';
import { CircuitBreaker, Fallback, lastKnownGood } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class Secondary {
  constructor(private readonly upstreams: Upstreams) {}

  @CircuitBreaker('geo-secondary', { failureThreshold: 2, timeout: '2s' })
  async locate(address: string): Promise<string> {
    return this.upstreams.ask('secondary', `${address}, roughly`);
  }
}

@Injectable()
export class GeoService {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly secondary: Secondary,
  ) {}

  @Fallback('unavailable') //                     4 what the caller reads when all else has failed
  @Fallback(lastKnownGood({ maxAge: '1h' })) //   3 what either of them has said before
  @Fallback('askSecondary') //                    2 has a breaker of its own, and is passed over while that is open
  @CircuitBreaker('geo-primary', { failureThreshold: 2, timeout: '1s' }) // 1
  async locate(address: string): Promise<string> {
    return this.upstreams.ask('primary', `${address}, to the metre`);
  }

  askSecondary(address: string): Promise<string> {
    return this.secondary.locate(address);
  }

  unavailable(_address: string, error: unknown): never {
    throw new ServiceUnavailableException('Nobody knows where that is just now', { cause: error });
  }
}

@Module({
  providers: [GeoService, Secondary, Upstreams],
  exports: [GeoService],
})
export class PrimarySecondaryModule {}
