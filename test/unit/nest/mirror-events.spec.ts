import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';

import { CircuitBreakerModule, PolicyRegistry, mirrorEvents } from '../../../lib/index.js';
import type { PolicyEvent } from '../../../lib/index.js';

@Injectable()
class Pager {
  readonly heard: string[] = [];

  constructor(registry: PolicyRegistry, @Inject(EventEmitter2) emitter: EventEmitter2) {
    mirrorEvents(registry, emitter, { types: ['opened', 'closed'] });
  }

  @OnEvent('circuit_breaker.*')
  page(event: PolicyEvent): void {
    this.heard.push(`${event.name} ${event.type}`);
  }
}

@Module({
  imports: [CircuitBreakerModule.forRoot({ logger: false }), EventEmitterModule.forRoot({ wildcard: true })],
  providers: [Pager],
})
class AppModule {}

describe('events of policies', () => {
  it('reach the listeners of @nestjs/event-emitter once they are mirrored', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    await app.init();
    const breaker = app.get(PolicyRegistry).circuitBreaker('payments', { failureThreshold: 1 });
    await breaker.execute(() => Promise.reject(new Error('no'))).catch(() => undefined);
    breaker.close();
    expect(app.get(Pager).heard).toEqual(['payments opened', 'payments closed']);
    await app.close();
  });

  it('are mirrored until told to stop, whatever the emitter throws', async () => {
    const app = await Test.createTestingModule({
      imports: [CircuitBreakerModule.forRoot({ logger: false })],
    }).compile();
    const registry = app.get(PolicyRegistry);
    const names: string[] = [];
    const stop = mirrorEvents(registry, {
      emit(name) {
        names.push(name);
        throw new Error('a listener failed');
      },
    });
    const breaker = registry.circuitBreaker('quotes');
    await expect(breaker.execute(() => 'fine')).resolves.toBe('fine');
    stop();
    await breaker.execute(() => 'fine');
    expect(names).toEqual(['circuit_breaker.succeeded']);
  });
});
