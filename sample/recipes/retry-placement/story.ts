import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { CatalogClient, RetryPlacementModule } from './retry-placement.module.js';

export const title = 'Retry outside or inside the breaker: who counts what.';
export const recipe = RetryPlacementModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const catalog = app.get(CatalogClient, { strict: false });
  const calls = { outside: () => catalog.retriedOutside(), inside: () => catalog.retriedInside() };
  for (const place of ['outside', 'inside'] as const) {
    upstreams.fail(place);
    for (let call = 1; call <= 4; call++) {
      const answer = outcome(calls[place]());
      await clock.advance(1_000);
      const { state, totals } = registry.circuitBreaker(`retry-${place}`).snapshot();
      tell(
        `retry ${place}, call ${call}: ${upstreams.calls(place)} requests in all, the breaker counts ${totals.failures} failures and is ${state} (${await answer})`,
      );
    }
  }
}
