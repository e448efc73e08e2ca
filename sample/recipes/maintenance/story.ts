import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { Alerts, Bank, MaintenanceModule } from './maintenance.module.js';

export const title = 'Maintenance by hand: isolate, close, reset, with an alert for each transition.';
export const recipe = MaintenanceModule;

export async function story({ app, clock, upstreams, tell }: Stage): Promise<void> {
  const bank = app.get(Bank, { strict: false });
  bank.beginMaintenance('ada');
  tell(`during maintenance: ${await outcome(bank.transfer(5))}`);
  bank.endMaintenance('ada');
  tell(`ended by hand: ${await outcome(bank.transfer(5))}`);
  bank.beginMaintenance('ada');
  await clock.advance(10 * 60_000);
  tell(`forgotten, ten minutes later: ${await outcome(bank.transfer(5))}`);
  bank.startAfresh('grace');
  upstreams.fail('bank');
  for (let call = 1; call <= 3; call++) await outcome(bank.transfer(5));
  for (const alert of app.get(Alerts, { strict: false }).sent) tell(`alert: ${alert}`);
}
