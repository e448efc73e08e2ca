import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { MailClient, RateLimitFirstModule } from './rate-limit-first.module.js';

export const title = 'A rate limit before the breaker: our own quota is no failure of the service.';
export const recipe = RateLimitFirstModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const mail = app.get(MailClient, { strict: false });
  const answers = await Promise.all(Array.from({ length: 20 }, () => outcome(mail.send('ada'))));
  const refused = answers.filter((answer) => answer.startsWith('RateLimitedError')).length;
  tell(`20 mails at once: ${20 - refused} sent, ${refused} refused (${answers.at(-1)})`);
  const { state, totals } = registry.circuitBreaker('mail').snapshot();
  tell(`the breaker is ${state} and has seen ${totals.calls} calls, no failure`);
  await clock.advance(1_000);
  tell(
    `a second later: ${await outcome(mail.send('ada'))}; the mail service was asked ${upstreams.calls('mail')} times`,
  );
}
