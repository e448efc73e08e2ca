import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { GeoService, PrimarySecondaryModule } from './primary-secondary.module.js';

export const title = 'Primary, secondary, cache, error: four answers, each where the one before is not to be had.';
export const recipe = PrimarySecondaryModule;

export async function story({ app, upstreams, tell }: Stage): Promise<void> {
  const geo = app.get(GeoService, { strict: false });
  tell(`primary: ${await outcome(geo.locate('Bern'))}`);
  upstreams.fail('primary');
  tell(`secondary: ${await outcome(geo.locate('Bern'))}`);
  upstreams.fail('secondary');
  tell(`cache: ${await outcome(geo.locate('Bern'))}`);
  tell(`error: ${await outcome(geo.locate('Basel'))}`);
}
