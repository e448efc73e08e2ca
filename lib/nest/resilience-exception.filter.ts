import { Catch, Inject, Optional } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';

import { isResilienceError } from '../engine/index.js';
import type { ResilienceError } from '../engine/index.js';
import { errorReply, retryAfterSeconds } from './error-reply.js';
import { sendException } from './websocket-client.js';

/** Matches this library's errors by their code, so that those of another copy of the package are caught, too. */
abstract class AnyResilienceError {
  static [Symbol.hasInstance](error: unknown): boolean {
    return isResilienceError(error);
  }
}

/**
 * Answers for refusals and time-outs that nobody has caught: over HTTP with 503, 504 or 429 and `Retry-After`, in
 * GraphQL with `extensions.code`, over RPC and WebSockets with an object that says the same. Registered by the module,
 * unless `filter: false`. Nest gives gateways no global filters: they need `@UseFilters(ResilienceExceptionFilter)`; and
 * GraphQL's field resolvers only with `fieldResolverEnhancers: ['filters']`.
 */
@Catch(AnyResilienceError)
export class ResilienceExceptionFilter implements ExceptionFilter<ResilienceError> {
  constructor(@Optional() @Inject(HttpAdapterHost) private readonly host?: HttpAdapterHost) {}

  catch(error: ResilienceError, host: ArgumentsHost): unknown {
    switch (host.getType<string>()) {
      case 'http':
        this.answerHttp(error, host);
        return undefined;
      case 'rpc':
        return throwError(() => ({ status: 'error', ...errorReply(error) }));
      case 'ws':
        sendException(host.switchToWs().getClient(), { status: 'error', ...errorReply(error) });
        return undefined;
      default:
        // GraphQL and other external contexts report what is thrown, with its extensions
        throw withExtensions(error);
    }
  }

  private answerHttp(error: ResilienceError, host: ArgumentsHost): void {
    const adapter = this.host?.httpAdapter;
    if (adapter === undefined) throw error;
    const response: unknown = host.switchToHttp().getResponse();
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    const seconds = retryAfterSeconds(error);
    if (seconds !== undefined) adapter.setHeader(response, 'Retry-After', String(seconds));
    const body = errorReply(error);
    adapter.reply(response, body, body.statusCode);
  }
}

function withExtensions(error: ResilienceError): Error {
  const { code, message, retryAfter } = errorReply(error);
  const extensions = { code, ...(retryAfter === undefined ? {} : { retryAfter }) };
  return Object.assign(new Error(message, { cause: error }), { extensions });
}
