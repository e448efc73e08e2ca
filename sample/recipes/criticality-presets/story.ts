import { CircuitBreakerHealthIndicator } from 'nest-circuit-breaker/terminus';

import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { CriticalityPresetsModule, Shop } from './criticality-presets.module.js';

export const title = 'Presets by criticality: critical, important, standard, and what health makes of each.';
export const recipe = CriticalityPresetsModule;

export async function story({ app, registry, upstreams, tell }: Stage): Promise<void> {
  const shop = app.get(Shop, { strict: false });
  const health = () => app.get(CircuitBreakerHealthIndicator, { strict: false }).check('shop').shop.status;
  const states = () => registry.snapshot().map(({ name, state }) => `${name} ${state}`).join(', '); // prettier-ignore
  for (const name of ['payments', 'stock', 'reviews']) upstreams.fail(name);
  for (const failures of [3, 5, 10]) {
    while (upstreams.calls('payments') < failures) {
      await Promise.all([outcome(shop.pay()), outcome(shop.stock()), outcome(shop.reviews())]);
    }
    tell(`${failures} failures each: ${states()}; health says ${health()}`);
  }
}
