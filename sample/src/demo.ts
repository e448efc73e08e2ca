// npm run demo: one outage from beginning to end, guarded and unguarded side by side.
import { setTimeout as pause } from 'node:timers/promises';

import { balance, verdict } from './demo/balance.js';
import type { Account } from './demo/balance.js';
import { bearableRate, Crowd } from './demo/crowd.js';
import { FULL_LENGTH, readOutage, tuning } from './demo/outage.js';
import { setStage } from './demo/stage.js';
import { Story, tell } from './demo/story.js';
import { Timeline } from './demo/timeline.js';
import { Household } from './processes/household.js';
import { HealthWatch } from './start/health-watch.js';
import { paint } from './terminal/paint.js';
import type { Mode } from './upstreams/mode.js';

const household = new Household();
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function play(): Promise<string | undefined> {
  const { pace, phases } = readOutage();
  const timeline = new Timeline(paint);
  print(timeline.title(pace * FULL_LENGTH));
  const stage = await setStage(
    household,
    tuning(pace),
    ({ name }) => void giveUp(new Error(`${name} has ended unexpectedly.`)),
  );
  const rate = await bearableRate([stage.guarded, stage.unguarded]);
  const guarded = new Crowd(stage.guarded, rate);
  const unguarded = new Crowd(stage.unguarded, rate);
  const story = new Story();
  let ailment: Mode = 'healthy';
  const began = performance.now();
  const now = (): number => (performance.now() - began) / 1_000;

  print(timeline.head(rate));
  const watch = new HealthWatch(stage.guarded, 50, ({ payments }) => {
    const turn = payments && story.note(payments.state);
    if (turn) print(timeline.turn(now(), turn.to, tell(turn, ailment)));
  });
  const row = (): void => {
    const glimpses = [guarded, unguarded].map((crowd) => ({ summary: crowd.takeRecent(), waiting: crowd.waiting }));
    const [mine, theirs] = glimpses;
    if (mine && theirs) print(timeline.row(now(), story.state, mine, theirs, (orders) => Math.round(orders / pace)));
  };
  watch.start();
  guarded.start();
  unguarded.start();
  const rows = setInterval(row, 1_000 * pace);

  let callsWhileIll: readonly [number, number] = [0, 0];
  for (const { title, mode, slowness, seconds } of phases) {
    print(timeline.phase(now(), title));
    ailment = mode;
    const [mine, theirs] = await Promise.all(stage.payments.map((each) => each.ask({ type: 'mode', mode, slowness })));
    callsWhileIll = [mine?.callsWhileIll ?? 0, theirs?.callsWhileIll ?? 0];
    await pause(seconds * 1_000);
  }
  clearInterval(rows);
  await Promise.all([guarded.stop(), unguarded.stop()]);
  watch.stop();

  const account = (crowd: Crowd, calls: number): Account => ({
    summary: crowd.summary(),
    mostWaiting: crowd.mostWaiting,
    callsWhileIll: calls,
  });
  const mine = account(guarded, callsWhileIll[0]);
  const theirs = account(unguarded, callsWhileIll[1]);
  print(`\n${balance(mine, theirs, paint)}\n\n${verdict(mine, theirs)}\n`);
  return story.missing(mine.summary.counts.fallback);
}

async function giveUp(error: Error): Promise<void> {
  if (household.isStopping) return;
  process.stderr.write(`\n${error.message.replaceAll(/^/gm, '  ')}\n\n`);
  await household.stop();
  process.exit(1);
}

household.endOnSignals(async (signal) => {
  await household.stop();
  return signal === 'SIGINT' ? 130 : 143;
});
play().then(async (missing) => {
  await household.stop();
  if (missing !== undefined) process.stderr.write(`  The story did not happen: ${missing}.\n\n`);
  process.exit(missing === undefined ? 0 : 1);
}, giveUp);
