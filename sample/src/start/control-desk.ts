import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Child } from '../processes/child.js';
import { explainPort, LOOPBACK } from '../processes/port.js';
import type { PortChoice } from '../processes/port.js';
import { AILMENTS, isAilment, isUpstreamName, UPSTREAM_NAMES } from '../upstreams/mode.js';
import type { Mode, UpstreamName } from '../upstreams/mode.js';

/** Longer than any of the shop's time limits. */
const SLOWNESS = 2_000;

/** Where a person breaks upstreams and heals them: `POST /payments/errors`, `POST /payments/heal`. */
export class ControlDesk {
  private readonly modes: Record<UpstreamName, Mode> = { payments: 'healthy', inventory: 'healthy', quotes: 'healthy' };

  constructor(
    private readonly upstreams: Readonly<Record<UpstreamName, Child>>,
    private readonly onChange: (name: UpstreamName, mode: Mode) => void,
  ) {}

  async listen(choice: PortChoice): Promise<number> {
    const server = createServer((request, response) => {
      this.serve(request).then(
        ({ status, body }) => answer(response, status, body),
        (error: Error) => answer(response, 502, { error: error.message }),
      );
    });
    server.listen(choice.port, LOOPBACK);
    try {
      await once(server, 'listening');
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw new Error(explainPort(code, message, 'control', choice));
    }
    return (server.address() as AddressInfo).port;
  }

  private async serve(request: IncomingMessage): Promise<{ status: number; body: object }> {
    request.resume();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://desk');
    const [, name, action = '', rest] = pathname.split('/');
    if (name === '') return { status: 200, body: { upstreams: this.standing(), ...usage } };
    const isKnown = rest === undefined && isUpstreamName(name) && (action === 'heal' || isAilment(action));
    if (!isKnown) return { status: 404, body: { error: `Nothing here at ${pathname}.`, ...usage } };
    if (request.method !== 'POST') return { status: 405, body: { error: 'This changes things: use curl -X POST.' } };
    const slowness = Math.min(60_000, Math.max(0, Number(searchParams.get('ms') ?? SLOWNESS) || SLOWNESS));
    await this.move(name, action === 'heal' ? 'healthy' : action, slowness);
    return { status: 200, body: { [name]: describe(this.modes[name], slowness) } };
  }

  private standing(): object {
    const about = (name: UpstreamName) => [name, { mode: this.modes[name], pid: this.upstreams[name].pid }];
    return Object.fromEntries(UPSTREAM_NAMES.map(about));
  }

  private async move(name: UpstreamName, mode: Mode, slowness: number): Promise<void> {
    const upstream = this.upstreams[name];
    // somebody ended its process: that is one more way of being broken, and it can be healed
    if (!upstream.isRunning) await upstream.start();
    await upstream.ask({ type: 'mode', mode, slowness });
    this.modes[name] = mode;
    this.onChange(name, mode);
  }
}

const usage = {
  try: `POST /<upstream>/<action>; upstreams: ${UPSTREAM_NAMES.join(', ')}; actions: ${Object.keys(AILMENTS).join(', ')}, heal`,
};

function describe(mode: Mode, slowness: number): string {
  if (mode === 'healthy') return 'healthy';
  return mode === 'slow' ? `slow: answers after ${slowness} ms` : `${mode}: ${AILMENTS[mode]}`;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
