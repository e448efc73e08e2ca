import { BadRequestException } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';

import { currentDate } from '../engine/index.js';
import type { CircuitBreakerPolicy, FaultReporter, PolicyRegistry } from '../engine/index.js';
import type { AdminAction, CircuitBreakerAdminModuleOptions } from './admin-options.js';
import { plainText } from './plain-text.js';
import type { Redaction } from './redaction.js';
import { readManualState, readMove, readUpdate } from './request-body.js';
import type { ManualRequest } from './request-body.js';

type Move = Exclude<AdminAction['action'], 'update'>;

const MOVES = {
  isolate: { read: readManualState, do: (breaker, manual) => breaker.isolate(manual) },
  disable: { read: readManualState, do: (breaker, manual) => breaker.disable(manual) },
  'metrics-only': { read: readManualState, do: (breaker, manual) => breaker.metricsOnly(manual) },
  close: { read: readMove, do: (breaker, manual) => breaker.close(manual) },
  reset: { read: readMove, do: (breaker, manual) => breaker.reset(manual) },
} as const satisfies Record<
  Move,
  {
    read: (body: unknown) => ManualRequest;
    do: (breaker: CircuitBreakerPolicy, manual: ManualRequest & { actor: string }) => void;
  }
>;

/** Does what people ask for, and keeps the record: who, what, why, until when. */
export class Operator {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly redaction: Redaction,
    private readonly options: Pick<CircuitBreakerAdminModuleOptions, 'actor' | 'audit'>,
    private readonly logger: LoggerService,
    private readonly report: FaultReporter,
  ) {}

  /** @throws BadRequestException when the body is not what it should be: then nothing has changed */
  move(breaker: CircuitBreakerPolicy, action: Move, body: unknown, request: object): void {
    const manual = MOVES[action].read(body);
    const actor = this.actorOf(request);
    MOVES[action].do(breaker, { ...manual, actor });
    const { expiresAt } = breaker.snapshot();
    this.record({ action, breaker: breaker.name, actor, reason: manual.reason ?? null, expiresAt, changes: null });
  }

  /** @throws BadRequestException when the options are wrong: then nothing has changed */
  update({ name }: CircuitBreakerPolicy, body: unknown, request: object): void {
    const { reason, changes } = readUpdate(body);
    const actor = this.actorOf(request);
    try {
      this.registry.update(name, changes, { actor, reason });
    } catch (error) {
      throw refusalOf(error);
    }
    const shown = this.redaction.options(name, changes);
    this.record({ action: 'update', breaker: name, actor, reason: reason ?? null, expiresAt: null, changes: shown });
  }

  private actorOf(request: object): string {
    try {
      const actor: unknown = this.options.actor?.(request);
      return (typeof actor === 'string' ? plainText(actor, 100) : '') || 'anonymous';
    } catch (fault) {
      this.report(fault, 'the actor hook');
      return 'anonymous';
    }
  }

  private record(action: Omit<AdminAction, 'at'>): void {
    const entry: AdminAction = Object.freeze({ at: currentDate(this.registry.scope.clock), ...action });
    this.logger.log(describe(entry));
    try {
      const answer = this.options.audit?.(entry);
      if (answer instanceof Promise) answer.catch((fault: unknown) => this.report(fault, 'the audit hook'));
    } catch (fault) {
      this.report(fault, 'the audit hook');
    }
  }
}

function describe({ actor, action, breaker, changes, reason, expiresAt }: AdminAction): string {
  const what = changes === null || changes === undefined ? '' : ` ${JSON.stringify(changes)}`;
  const until = expiresAt === null ? '' : ` until ${expiresAt.toISOString()}`;
  const why = reason === null ? '' : ` (${reason})`;
  return plainText(`${actor}: ${action} "${breaker}"${what}${until}${why}`, 1_000);
}

/** Wrong options are the client's fault; whatever else it is, is ours. */
function refusalOf(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== 'ERR_INVALID_OPTIONS' && !(error instanceof TypeError) && !(error instanceof RangeError)) return error;
  return new BadRequestException(String(message).split('\n').map((line) => plainText(line, 500))); // prettier-ignore
}
