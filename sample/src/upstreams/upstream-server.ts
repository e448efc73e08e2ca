import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { LOOPBACK } from '../processes/port.js';
import type { Mode } from './mode.js';
import type { Trade } from './trade.js';

/** A small HTTP service that really fails: it errs, dawdles, hangs or goes away, as told. */
export class UpstreamServer {
  /** Requests that came in while something was wrong. */
  callsWhileIll = 0;

  private readonly server: Server = createServer((request, response) => this.serve(request, response));
  private readonly hanging = new Set<ServerResponse>();
  private mode: Mode = 'healthy';
  private slowness = 0;
  private port = 0;

  constructor(private readonly trade: Trade) {}

  async listen(port: number): Promise<number> {
    this.server.listen(port, LOOPBACK);
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this.port;
  }

  async fall(mode: Mode, slowness: number): Promise<void> {
    this.mode = mode;
    this.slowness = slowness;
    // whoever still waits for an answer learns that there will be none
    for (const response of this.hanging) response.destroy();
    this.hanging.clear();
    if (mode === 'refuse') await this.goAway();
    else if (!this.server.listening) await this.listen(this.port);
  }

  private async goAway(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    if (this.mode !== 'healthy') this.callsWhileIll += 1;
    if (this.mode === 'hang') {
      this.hanging.add(response);
      response.once('close', () => this.hanging.delete(response));
      return;
    }
    const [from, to] = this.trade.takes;
    const work = from + Math.random() * (to - from) + (this.mode === 'slow' ? this.slowness : 0);
    setTimeout(() => this.answer(request, response), work);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, path, answer } = this.trade;
    const url = request.url ?? '';
    if (this.mode === 'errors') return reply(response, 500, { error: 'out of order' });
    if (request.method !== method || !url.startsWith(path))
      return reply(response, 404, { expected: `${method} ${path}…` });
    reply(response, 200, answer(url.slice(path.length)));
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
