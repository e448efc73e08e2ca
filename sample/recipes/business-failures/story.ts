import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { BusinessFailuresModule, InsuranceClient } from './business-failures.module.js';

export const title = 'Business failures: a result with status "service_degraded" counts as a failure.';
export const recipe = BusinessFailuresModule;

export async function story({ app, registry, tell }: Stage): Promise<void> {
  const insurance = app.get(InsuranceClient, { strict: false });
  const counts = () => {
    const { state, totals } = registry.circuitBreaker('insurance').snapshot();
    return `${state} after ${totals.successes} successes, ${totals.failures} failures, ${totals.ignored} ignored`;
  };
  await outcome(insurance.quote('ok'));
  for (let call = 1; call <= 5; call++) await outcome(insurance.quote('not_covered'));
  tell(`five answers "not_covered": ${counts()}`);
  for (let call = 1; call <= 3; call++)
    tell(`the caller gets what was said: ${await outcome(insurance.quote('service_degraded'))}`);
  tell(`three answers "service_degraded": ${counts()}`);
  tell(await outcome(insurance.quote('ok')));
}
