import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { LedgerClient, ProgressiveBreaksModule } from './progressive-breaks.module.js';

export const title = 'Progressive breaks: each failed recovery doubles the next break.';
export const recipe = ProgressiveBreaksModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const ledger = app.get(LedgerClient, { strict: false });
  const breaker = registry.circuitBreaker('ledger');
  upstreams.fail('ledger');
  await outcome(ledger.book('first'));
  for (let attempt = 1; attempt <= 6; attempt++) {
    await outcome(ledger.book('again'));
    const { retryAfter } = breaker.snapshot();
    tell(`break ${attempt}: ${Number(retryAfter) / 1_000} s`);
    await clock.advance(Number(retryAfter));
  }
  upstreams.heal('ledger');
  tell(`${await outcome(ledger.book('at last'))}: ${breaker.state}`);
  upstreams.fail('ledger');
  for (let call = 1; call <= 2; call++) await outcome(ledger.book('later'));
  tell(`the next outage begins with ${Number(breaker.snapshot().retryAfter) / 1_000} s again`);
}
