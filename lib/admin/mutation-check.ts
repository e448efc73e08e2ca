import { ForbiddenException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';

import type { AdminRequest } from './http.js';

/** A header that no form can send, and no other origin without asking first. */
export const MUTATION_HEADER = 'x-circuit-breaker-admin';

/** Lets only those requests change something that a person of this origin, or a program, has meant. */
export class MutationCheck implements CanActivate {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[] = []) {
    this.origins = new Set(origins.map((origin) => originOf(origin) ?? fail(origin)));
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<AdminRequest>();
    if (headers[MUTATION_HEADER] !== '1')
      throw new ForbiddenException('Changes need the header X-Circuit-Breaker-Admin: 1.');
    if (!this.isSameOrigin(headers)) throw new ForbiddenException('Changes from another origin are refused.');
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    if (type.trim().toLowerCase() !== 'application/json')
      throw new UnsupportedMediaTypeException('Changes are sent as application/json.');
    return true;
  }

  private isSameOrigin(headers: AdminRequest['headers']): boolean {
    const { origin } = headers;
    if (origin !== undefined && this.origins.has(origin)) return true;
    const site = headers['sec-fetch-site'];
    // browsers say it themselves, and pages cannot: it holds behind proxies that change the host as well
    if (site !== undefined) return site === 'none' || (site === 'same-origin' && origin !== 'null');
    if (origin === undefined) return true; // no browser
    const host = headers.host ?? headers[':authority'];
    return URL.canParse(origin) && typeof host === 'string' && new URL(origin).host === host.toLowerCase();
  }
}

const originOf = (text: string): string | undefined => (URL.canParse(text) ? new URL(text).origin : undefined);

function fail(origin: string): never {
  throw new TypeError(`origins: expected an origin such as https://ops.example.com, got ${JSON.stringify(origin)}`);
}
