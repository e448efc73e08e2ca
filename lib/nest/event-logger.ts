import { Logger } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';

import type { FaultReporter, PolicyEvent, PolicyEventType, PolicyRegistry } from '../engine/index.js';
import { clean, describeEvent, describeFault } from './event-text.js';
import { RefusalWatch } from './refusal-watch.js';

/** Where events are logged: Nest's Logger, with `'debug'` every decision, nowhere, or a logger of one's own. */
export type LoggerOption = boolean | 'debug' | LoggerService;

export const LOG_CONTEXT = 'CircuitBreaker';

/** What changed, by itself or by an operator. */
const TRANSITIONS = [
  'opened', 'closed', 'half_opened', 'isolated', 'disabled', 'reset', 'adapted', 'updated',
] as const satisfies readonly PolicyEventType[]; // prettier-ignore
const WARNINGS: ReadonlySet<PolicyEventType> = new Set<PolicyEventType>(['opened', 'isolated', 'disabled']);

/** Writes transitions to the log, once each, and sums up refusals: a flood of calls is no flood of lines. */
export class EventLogger {
  private readonly logger: LoggerService | undefined;
  private readonly isVerbose: boolean;
  private readonly stops: (() => void)[] = [];

  constructor(option: LoggerOption = true) {
    // without a context of its own: Nest's Logger would take the one that each line brings for a second message
    this.logger = option === false ? undefined : typeof option === 'object' ? option : new Logger();
    this.isVerbose = option === 'debug';
  }

  /** Logs faults of users' callbacks. */
  readonly report: FaultReporter = (fault, where) => {
    this.logger?.error(clean(`${where} failed: ${describeFault(fault)}`), LOG_CONTEXT);
  };

  warn(message: string): void {
    this.logger?.warn(message, LOG_CONTEXT);
  }

  debug(message: string): void {
    this.logger?.debug?.(message, LOG_CONTEXT);
  }

  listen(registry: PolicyRegistry): void {
    const { logger } = this;
    if (logger === undefined || this.stops.length > 0) return;
    const refusals = new RefusalWatch(registry, (text) => this.warn(clean(text)));
    const hear = (event: PolicyEvent): void => {
      this.write(event);
      refusals.look(event.name);
    };
    if (this.isVerbose) this.stops.push(registry.on('*', (event) => this.write(event as PolicyEvent)));
    else for (const type of TRANSITIONS) this.stops.push(registry.on(type, (event) => hear(event as PolicyEvent)));
    this.stops.push(() => refusals.stop());
  }

  /** Says what is still unsaid, and falls silent. */
  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  private write(event: PolicyEvent): void {
    const text = clean(describeEvent(event));
    if (WARNINGS.has(event.type)) this.logger?.warn(text, LOG_CONTEXT);
    else if ((TRANSITIONS as readonly string[]).includes(event.type)) this.logger?.log(text, LOG_CONTEXT);
    else this.logger?.debug?.(text, LOG_CONTEXT);
  }
}
