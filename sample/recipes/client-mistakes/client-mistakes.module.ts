import { HttpException, Injectable, Module, NotFoundException } from '@nestjs/common';
import { CircuitBreaker } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

/** Says that a voucher was spent, with a code of its own instead of a status. */
export class VoucherSpentError extends Error {}

@Injectable()
export class VoucherClient {
  constructor(private readonly upstreams: Upstreams) {}

  /**
   * Not counted, without a word: an `HttpException` below 500, and any error with a 4xx `status`, `statusCode` or
   * `response.status`, as axios throws it; 408 and 429 aside, which are about the service.
   */
  @CircuitBreaker('vouchers', { failureThreshold: 3, ignoreErrors: VoucherSpentError })
  async redeem(code: string): Promise<string> {
    if (code === 'unknown') throw new NotFoundException(`no voucher ${code}`);
    if (code === 'forbidden') throw new HttpException('not yours', 403);
    if (code === 'axios') throw Object.assign(new Error('Request failed'), { response: { status: 422 } });
    if (code === 'spent') throw new VoucherSpentError(code);
    if (code === 'throttled') throw Object.assign(new Error('slow down'), { status: 429 });
    return this.upstreams.ask('vouchers', `${code} redeemed`);
  }
}

@Module({
  providers: [VoucherClient, Upstreams],
  exports: [VoucherClient],
})
export class ClientMistakesModule {}
