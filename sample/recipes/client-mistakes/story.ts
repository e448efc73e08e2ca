import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { ClientMistakesModule, VoucherClient } from './client-mistakes.module.js';

export const title = '4xx that must not count: the caller’s mistakes are no failures of the service.';
export const recipe = ClientMistakesModule;

export async function story({ app, registry, tell }: Stage): Promise<void> {
  const vouchers = app.get(VoucherClient, { strict: false });
  const counts = () => {
    const { state, totals } = registry.circuitBreaker('vouchers').snapshot();
    return `${state}, ${totals.failures} failures, ${totals.ignored} ignored`;
  };
  for (const code of ['unknown', 'forbidden', 'axios', 'spent']) {
    for (let call = 1; call <= 10; call++) await outcome(vouchers.redeem(code));
    tell(`ten times "${code}": ${counts()}`);
  }
  for (let call = 1; call <= 3; call++) await outcome(vouchers.redeem('throttled'));
  tell(`three times 429: ${counts()}`);
}
