import type { Child } from '../processes/child.js';
import type { Household } from '../processes/household.js';
import { urlOf } from '../processes/port.js';
import type { UpstreamName } from '../upstreams/mode.js';

/** Two shops that differ in one thing, and the payments of each. */
export interface Stage {
  readonly guarded: string;
  readonly unguarded: string;
  /** Those of the guarded shop, then those of the other. */
  readonly payments: readonly [Child, Child];
}

/**
 * Starts two shops, each with payments of its own so that neither's load reaches the other, on free ports. In one of
 * them the policies are switched off: the same code, unguarded. Fallbacks stay in both.
 */
export async function setStage(
  household: Household,
  tuning: Readonly<Record<string, string>>,
  onLoss: (child: Child) => void,
): Promise<Stage> {
  const port = { variable: 'PORT', port: 0 };
  const upstream = (name: UpstreamName): Child =>
    household.add({ name, script: 'upstream.js', port, env: { UPSTREAM: name }, onExit: onLoss });
  const payments = [upstream('payments'), upstream('payments')] as const;
  const ports = await household.start([...payments, upstream('inventory'), upstream('quotes')]);
  const [first = 0, second = 0, inventory = 0, quotes = 0] = ports;
  const shop = (paymentsPort: number, env: Readonly<Record<string, string>>): Child =>
    household.add({
      name: 'shop',
      script: 'shop.js',
      port,
      env: {
        PAYMENTS_URL: urlOf(paymentsPort),
        INVENTORY_URL: urlOf(inventory),
        QUOTES_URL: urlOf(quotes),
        QUIET: 'true',
        ...env,
      },
      onExit: onLoss,
    });
  const shops = [shop(first, { ...tuning, BREAKERS_ENABLED: 'true' }), shop(second, { BREAKERS_ENABLED: 'false' })];
  const [guarded = 0, unguarded = 0] = await household.start(shops);
  return { guarded: urlOf(guarded), unguarded: urlOf(unguarded), payments };
}
