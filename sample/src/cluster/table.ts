import { brief } from '../terminal/durations.js';
import type { Paint } from '../terminal/paint.js';
import type { Account } from './storefront.js';

/** One fleet's outage. */
export interface FleetAccount {
  readonly storefronts: readonly Account[];
  /** Calls that reached payments while they were ill. */
  readonly callsWhileIll: number;
}

const COLUMNS = ['failing', 'open after', 'vain', 'probes', 'closed after'] as const;
const WIDTHS = [8, 11, 5, 7, 13] as const;
const RULE = 12;

const sum = (numbers: readonly (number | null)[]): number =>
  numbers.reduce<number>((all, each) => all + (each ?? 0), 0);
const worst = (numbers: readonly (number | null)[]): number | null =>
  numbers.includes(null) ? null : Math.max(...(numbers as number[]));
const time = (ms: number | null): string => (ms === null ? 'never' : brief(Math.max(0, ms)));

/** The table of one fleet, a row a storefront. */
export function tableOf(title: string, rates: readonly number[], account: FleetAccount, paint: Paint): string {
  const { storefronts } = account;
  const line = (label: string, cells: readonly string[]): string =>
    `  ${label.padEnd(RULE + 6)}${cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 0)).join('')}`;
  const rows = storefronts.map((each, index) => {
    const row = line(`${index + 1} · ${rates[index]} orders/s`, cellsOf(each));
    return each.hasFollowed ? `${row}  ${paint('cyan', 'followed')}` : row;
  });
  const all = line('all, or the last', [
    String(sum(storefronts.map(({ failures }) => failures))),
    time(worst(storefronts.map(({ openedAfter }) => openedAfter))),
    String(sum(storefronts.map(({ vainProbes }) => vainProbes))),
    String(sum(storefronts.map(({ probes }) => probes))),
    time(worst(storefronts.map(({ closedAfter }) => closedAfter))),
  ]);
  const rule = paint('dim', `  ${'─'.repeat(RULE + 6 + sum(WIDTHS))}`);
  return [paint('bold', line(title, COLUMNS)), rule, ...rows, rule, paint('bold', all)].join('\n');
}

function cellsOf({ failures, openedAfter, vainProbes, probes, closedAfter }: Account): readonly string[] {
  return [
    failures === null ? '–' : String(failures),
    time(openedAfter),
    String(vainProbes),
    String(probes),
    time(closedAfter),
  ];
}

/** The two tables in sentences, with what was measured and nothing else. */
export function conclusion(alone: FleetAccount, together: FleetAccount, scriptsRun: number, seconds: number): string {
  const learned = ({ storefronts }: FleetAccount): number => sum(storefronts.map(({ failures }) => failures));
  const latest = ({ storefronts }: FleetAccount): string => time(worst(storefronts.map((each) => each.openedAfter)));
  const closed = ({ storefronts }: FleetAccount): string => time(worst(storefronts.map((each) => each.closedAfter)));
  const probed = ({ storefronts }: FleetAccount): number =>
    sum(storefronts.map(({ probes, vainProbes }) => probes + vainProbes));
  const followers = together.storefronts.filter(({ hasFollowed }) => hasFollowed).length;
  return [
    `  Failing calls until all four were open: ${learned(alone)} alone, ${learned(together)} together; the last one opened`,
    `  after ${latest(alone)} alone, ${latest(together)} together. ${followers} of 4 needed no evidence of their own.`,
    `  Probes: ${probed(alone)} alone, ${probed(together)} together. The ill payments got ${alone.callsWhileIll} calls, or ${together.callsWhileIll}.`,
    `  Repaired, the last one closed after ${closed(alone)} alone, ${closed(together)} together, where one at a time probes.`,
    `  Redis ran ${scriptsRun} small scripts in ${Math.round(seconds)} s for that, none of them for a call while the`,
    '  circuit was closed or open. Two had to see the outage first: a fleet is never quicker',
    '  than its second instance. Busy instances gain little, rarely called ones the most.',
  ].join('\n');
}
