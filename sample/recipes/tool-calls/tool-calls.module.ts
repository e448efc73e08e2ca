import { Injectable, Module } from '@nestjs/common';
import { CallSignal, CircuitBreaker, CircuitBreakerModule, Fallback } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

/** What the model reads where a tool cannot be had: an answer that it can work with, never a stack trace. */
const DEFAULT_ANSWERS: Readonly<Record<string, string>> = {
  weather: 'The weather is unknown at the moment.',
  search: 'Search is unavailable. Answer from what you know, and say so.',
};

@Injectable()
export class ToolBox {
  constructor(private readonly upstreams: Upstreams) {}

  @Fallback('defaultAnswer')
  @CircuitBreaker('tools', { key: (tool: string) => tool, maxKeys: 100 }) // a broken tool takes no other with it
  async call(tool: string, input: string, @CallSignal() signal?: AbortSignal): Promise<string> {
    return this.upstreams.ask(tool, `${tool}: all about ${input}`, signal);
  }

  defaultAnswer(tool: string): string {
    return DEFAULT_ANSWERS[tool] ?? `The tool "${tool}" is unavailable.`;
  }
}

@Module({
  imports: [
    CircuitBreakerModule.forFeature({
      breakers: {
        tools: { failureThreshold: 3, timeout: '5s', breakDuration: '30s' },
        'tools:search': { timeout: '10s' }, // one tool, other options
      },
    }),
  ],
  providers: [ToolBox, Upstreams],
  exports: [ToolBox],
})
export class ToolCallsModule {}
