import { spoken } from '../terminal/durations.js';
import type { Paint } from '../terminal/paint.js';
import { PATIENCE } from './crowd.js';
import { SLOW } from './tally.js';
import type { Summary } from './tally.js';

/** One shop's whole outage. */
export interface Account {
  readonly summary: Summary;
  readonly mostWaiting: number;
  /** Calls that reached payments while they were ill. */
  readonly callsWhileIll: number;
}

type Row = readonly [
  label: string,
  of: (account: Account) => number,
  format: (value: number) => string,
  saved: boolean,
];

const plain = (value: number): string => value.toLocaleString('en');

const ROWS: readonly Row[] = [
  ['orders placed', ({ summary }) => summary.orders, plain, false],
  ['answered in full, at once', ({ summary }) => summary.counts.ok, plain, false],
  ['answered by the fallback', ({ summary }) => summary.counts.fallback, plain, false],
  [`had to wait over ${SLOW} ms`, ({ summary }) => summary.counts.slow, plain, true],
  [`failed, or gave up after ${spoken(PATIENCE)}`, ({ summary }) => summary.counts.error, plain, true],
  ['95 % waited no longer than', ({ summary }) => summary.p95, spoken, true],
  ['waiting, all customers together', ({ summary }) => summary.waited, spoken, true],
  ['most orders waiting at once', ({ mostWaiting }) => mostWaiting, plain, true],
  ['calls sent to the ill payments', ({ callsWhileIll }) => callsWhileIll, plain, true],
];

/** The final table: the same outage with and without the breaker, and the difference. */
export function balance(guarded: Account, unguarded: Account, paint: Paint): string {
  const line = (label: string, ...cells: readonly string[]): string =>
    `  ${label.padEnd(34)}${cells.map((cell) => cell.padStart(13)).join('')}`;
  const rows = ROWS.map(([label, of, format, saves]) => {
    const [mine, theirs] = [of(guarded), of(unguarded)];
    const saved = saves && theirs > mine ? format(theirs - mine) : '';
    return `${line(label, format(mine), format(theirs))}${paint('green', saved.padStart(13))}`;
  });
  return [paint('bold', line('', 'guarded', 'unguarded', 'saved')), paint('dim', `  ${'─'.repeat(73)}`), ...rows].join(
    '\n',
  );
}

/** The balance in one sentence. */
export function verdict(guarded: Account, unguarded: Account): string {
  const failures = unguarded.summary.counts.error - guarded.summary.counts.error;
  const waiting = unguarded.summary.waited - guarded.summary.waited;
  const calls = unguarded.callsWhileIll - guarded.callsWhileIll;
  const kept = failures > 0 ? `kept ${plain(failures)} orders from failing, ` : '';
  return [
    `  The breaker ${kept}spared customers ${spoken(waiting)} of`,
    `  waiting, and the ill service ${plain(calls)} of ${plain(unguarded.callsWhileIll)} calls.`,
  ].join('\n');
}
