import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { UserDirectory, UserLookupModule } from './user-lookup.module.js';

export const title = 'A user lookup that falls back to the cache (from_cache: true), then to a default.';
export const recipe = UserLookupModule;

export async function story({ app, registry, upstreams, tell }: Stage): Promise<void> {
  const users = app.get(UserDirectory, { strict: false });
  tell(`all is well: ${await outcome(users.user('7'))}`);
  upstreams.fail('users');
  tell(`the directory is down: ${await outcome(users.user('7'))}`);
  tell(`nobody has asked for 8 before: ${await outcome(users.user('8'))}`);
  await outcome(users.user('7'));
  tell(
    `the circuit is ${registry.find('users')?.state}: ${await outcome(users.user('7'))}, and the directory was asked ${upstreams.calls('users')} times`,
  );
}
