// One upstream as a process of its own: UPSTREAM=payments PORT=3101 node dist/upstream.js
import { fail, holdLifeline, report } from './processes/lifeline.js';
import type { Order } from './processes/messages.js';
import { choosePort } from './processes/port.js';
import { isUpstreamName, UPSTREAM_NAMES } from './upstreams/mode.js';
import { TRADES } from './upstreams/trade.js';
import { UpstreamServer } from './upstreams/upstream-server.js';

async function open(): Promise<void> {
  const name = process.env['UPSTREAM'];
  if (!isUpstreamName(name)) throw new Error(`UPSTREAM: expected one of ${UPSTREAM_NAMES.join(', ')}, got "${name}".`);
  const server = new UpstreamServer(TRADES[name]);
  process.on('message', ({ mode, slowness }: Order) => {
    server.fall(mode, slowness).then(() => report({ type: 'mode', mode, callsWhileIll: server.callsWhileIll }), fail);
  });
  report({ type: 'listening', port: await server.listen(choosePort('PORT', 0).port) });
}

holdLifeline();
open().catch(fail);
