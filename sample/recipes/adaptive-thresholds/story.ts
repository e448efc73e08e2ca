import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { AdaptiveThresholdsModule, RatesClient } from './adaptive-thresholds.module.js';

export const title = 'Adaptive thresholds: stricter while errors climb, as configured when it is calm.';
export const recipe = AdaptiveThresholdsModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const rates = app.get(RatesClient, { strict: false });
  const limit = () =>
    `opens at a failure ratio of ${String(registry.find('rates')?.snapshot().options['failureRatio'])}`;
  const seconds = async (count: number, failuresIn10: number): Promise<void> => {
    for (let call = 0; call < count * 10; call++) {
      if (call % 10 < failuresIn10) upstreams.fail('rates');
      else upstreams.heal('rates');
      await outcome(rates.rate('CHF'));
      await clock.advance(100);
    }
  };
  await seconds(5, 0);
  tell(`five good seconds: ${limit()}`);
  await seconds(12, 4);
  tell(
    `four calls in ten fail for twelve seconds: ${limit()}; it has heard ${rates.adaptations.join(', ')}; the circuit is ${registry.find('rates')?.state}`,
  );
  registry.find('rates')?.close({ reason: 'the story goes on' });
  await seconds(10, 0);
  tell(`ten good seconds: ${limit()}`);
}
