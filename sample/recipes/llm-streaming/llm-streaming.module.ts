import { Controller, Injectable, Module, Query, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { CallSignal, CircuitBreaker, Fallback, Timeout } from 'nest-circuit-breaker';
import { from, map } from 'rxjs';
import type { Observable } from 'rxjs';

import { Upstreams } from '../stage/upstreams.js';

@Injectable()
export class Writer {
  constructor(private readonly upstreams: Upstreams) {}

  @Fallback('apologise') //                                        serves until the first token only
  @CircuitBreaker('llm', { settleOn: 'first', failureThreshold: 3 }) // a first token is a success, however it ends
  @Timeout('2s') //                                                to the first token, and from each to the next
  async *write(prompt: string, @CallSignal() signal?: AbortSignal): AsyncGenerator<string> {
    yield await this.upstreams.ask('llm', 'Once', signal);
    for (const token of ['upon', 'a', prompt]) yield await this.upstreams.ask('llm-tokens', token, signal);
  }

  async *apologise(): AsyncGenerator<string> {
    yield 'The writer is out. Try again in a minute.';
  }
}

@Controller('stories')
export class StoriesController {
  constructor(private readonly writer: Writer) {}

  @Sse()
  stream(@Query('about') about: string): Observable<MessageEvent> {
    return from(this.writer.write(about)).pipe(map((data) => ({ data })));
  }
}

@Module({
  controllers: [StoriesController],
  providers: [Writer, Upstreams],
})
export class LlmStreamingModule {}
