import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** As much of a request as is needed, on Express and on Fastify. */
export interface AdminRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** As much of a response as both have. */
export interface AdminResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>;
}

const isReply = (response: object): response is FastifyReply => 'raw' in response && 'hijack' in response;

/** Node's own response, to be written to bit by bit; what plugins have put into the headers comes along. */
export function rawResponse(response: object): ServerResponse {
  if (!isReply(response)) return response as ServerResponse;
  response.hijack();
  const { raw } = response;
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  return raw;
}

/** What every answer says: it is of now, for this origin, and what it says it is. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store, no-transform',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
