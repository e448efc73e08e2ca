import { urlOf } from '../processes/port.js';
import type { Paint } from '../terminal/paint.js';

export interface Ports {
  readonly shop: number;
  readonly control: number;
  readonly payments: number;
  readonly inventory: number;
  readonly quotes: number;
}

/** The first screen: where everything is, and four things to try. */
export function welcome(ports: Ports, ordersPerSecond: number, paint: Paint): string {
  const shop = urlOf(ports.shop);
  const desk = urlOf(ports.control);
  const place = (name: string, port: number, about: string): string =>
    `    ${paint('bold', name.padEnd(11))}${paint('cyan', urlOf(port))}   ${paint('dim', about)}`;
  const step = (number: number, title: string, command: string, more = ''): string =>
    `    ${paint('dim', String(number))}  ${title.padEnd(19)}${paint('bold', command)}${more && `\n${' '.repeat(26)}${paint('dim', more)}`}`;
  const trickle =
    ordersPerSecond > 0
      ? [
          `  ${rate(ordersPerSecond)} comes in by itself, from made-up customers. An open`,
          '  breaker stays open until somebody calls, and they call. So after healing, just',
          `  watch: in seconds ${paint('yellow', '◐ yellow')} (some orders pass as probes), then ${paint('green', '● green')}.`,
        ]
      : [
          '  No made-up customers (ORDERS_PER_SECOND=0): an open breaker stays open until you buy',
          '  something, however long its break has been over.',
        ];
  return [
    '',
    `  ${paint('bold', 'The storefront')} ${paint('dim', '· a Nest application and the three services it depends on')}`,
    '',
    place('shop', ports.shop, 'POST /checkout · GET /health, /metrics'),
    place('payments', ports.payments, 'when down: the card is charged later'),
    place('inventory', ports.inventory, 'when down: we assume it is in stock'),
    place('quotes', ports.quotes, 'when down: the last price (not critical)'),
    place('control', ports.control, 'breaks and heals the three above'),
    '',
    `    ${paint('bold', 'dashboard')}  ${paint('cyan', `${shop}/circuit-breakers/dashboard`)}`,
    `               ${paint('dim', 'without a login, as it is on loopback only; elsewhere it takes guards')}`,
    '',
    `  ${paint('bold', 'Try this in a second terminal')}`,
    '',
    step(1, 'buy something', `curl -d sku=mug ${shop}/checkout`),
    step(2, 'break payments', `curl -X POST ${desk}/payments/errors`, '… or slow, hang, refuse; or inventory, quotes'),
    step(3, 'look at health', `curl -si ${shop}/health | head -26`),
    step(4, 'heal payments', `curl -X POST ${desk}/payments/heal`),
    '',
    `  Broken payments turn ${paint('red', '✖ red')} in seconds: /health answers 503, and the shop still`,
    '  sells, in milliseconds: nobody waits for a service that is known to be ill.',
    '',
    ...trickle,
    '',
    `  ${paint('dim', 'Ctrl+C ends everything.')}`,
    '',
  ].join('\n');
}

const rate = (perSecond: number): string => (perSecond === 1 ? 'An order a second' : `A trickle of orders`);
