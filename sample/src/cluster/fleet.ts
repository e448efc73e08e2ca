import { Crowd } from '../demo/crowd.js';
import type { Child } from '../processes/child.js';
import type { Household } from '../processes/household.js';
import type { Move } from '../processes/messages.js';
import { urlOf } from '../processes/port.js';
import { order } from '../start/customers.js';
import type { Mode } from '../upstreams/mode.js';
import { Storefront } from './storefront.js';

/** Orders a second of each storefront: one is busy, two hardly see a customer. */
const RATES = [8, 4, 1, 1] as const;

/** A breaker that needs some evidence, for the difference to be seen. */
const TUNING = {
  PAYMENTS_FAILURE_THRESHOLD: '10',
  PAYMENTS_SLOW_CALL_DURATION: '10s', // no call is slow: a busy machine is not to open it
  PAYMENTS_BREAK_DURATION: '6s',
  PAYMENTS_SUCCESS_THRESHOLD: '4',
  QUIET: 'true',
};

export interface Upstreams {
  readonly inventory: number;
  readonly quotes: number;
}

/** Four storefronts that sell the same, and the payments they all depend on. */
export class Fleet {
  readonly storefronts: readonly Storefront[] = RATES.map((rate, index) => new Storefront(index + 1, rate));
  private readonly payments: Child;
  private crowds: readonly Crowd[] = [];

  constructor(
    private readonly household: Household,
    private readonly env: Readonly<Record<string, string>>,
    private readonly onMove: (storefront: Storefront, move: Move) => void,
    private readonly onLoss: (child: Child) => void,
  ) {
    this.payments = upstream(household, 'payments', onLoss);
  }

  async start({ inventory, quotes }: Upstreams): Promise<void> {
    const { household, onLoss } = this;
    const [payments = 0] = await household.start([this.payments]);
    const env = {
      ...TUNING,
      ...this.env,
      PAYMENTS_URL: urlOf(payments),
      INVENTORY_URL: urlOf(inventory),
      QUOTES_URL: urlOf(quotes),
    };
    const shops = this.storefronts.map((storefront) => {
      const onMove = (move: Move): void => {
        storefront.moves.push(move);
        this.onMove(storefront, move);
      };
      const name = `storefront ${storefront.number}`;
      return household.add({ name, script: 'shop.js', port: ANY, env, onMove, onExit: onLoss });
    });
    const ports = await household.start(shops);
    this.crowds = ports.map((port, index) => new Crowd(urlOf(port), RATES[index] ?? 1));
    await Promise.all(ports.map((port) => order(urlOf(port), 'mug', 5_000))); // first calls are slow everywhere
  }

  open(): void {
    for (const crowd of this.crowds) crowd.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.crowds.map((crowd) => crowd.stop()));
  }

  /** Resolves with the calls that have reached payments while they were ill. */
  async fall(mode: Mode): Promise<number> {
    return (await this.payments.ask({ type: 'mode', mode, slowness: 0 })).callsWhileIll;
  }

  areAll(state: string): boolean {
    return this.storefronts.every((each) => each.state === state);
  }
}

const ANY = { variable: 'PORT', port: 0 };

export const upstream = (household: Household, name: string, onExit: (child: Child) => void): Child =>
  household.add({ name, script: 'upstream.js', port: ANY, env: { UPSTREAM: name }, onExit });
