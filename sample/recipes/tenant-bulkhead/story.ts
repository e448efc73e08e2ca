import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { ReportService, TenantBulkheadModule } from './tenant-bulkhead.module.js';

export const title = 'A bulkhead for each tenant: one who asks for much waits behind himself.';
export const recipe = TenantBulkheadModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const reports = app.get(ReportService, { strict: false });
  upstreams.hang('reports of umbrella');
  const umbrella = new AbortController();
  const waiting = Array.from({ length: 4 }, () => outcome(reports.report('umbrella', umbrella.signal)));
  tell(`umbrella asks four times at once; the fourth: ${await waiting[3]}`);
  const { running, queued } = registry.bulkhead('reports:umbrella');
  tell(`of the others, ${running} run and ${queued} waits`);
  tell(`another tenant notices nothing: ${await outcome(reports.report('initech'))}`);
  await clock.advance(5_000);
  tell(`the one in the queue after 5 s: ${await waiting[2]}`);
  umbrella.abort(new Error('umbrella has gone'));
  const gone = await waiting[0];
  await clock.advance(0);
  tell(`${gone}: ${registry.bulkhead('reports:umbrella').running} run`);
}
