import { Controller, Get, Header } from '@nestjs/common';
import { SkipCircuitBreaker } from 'nest-circuit-breaker';
import { register } from 'prom-client';

/** Where Prometheus looks. */
@SkipCircuitBreaker()
@Controller('metrics')
export class MetricsController {
  @Get()
  @Header('Content-Type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
