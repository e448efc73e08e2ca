import { names } from '../subjects/index.js';

const figure = (value, unit) => {
  const digits = (unit === 'ms' || unit === 'µs') && Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
};
export function multiple(value) {
  if (value < 0.1) return value.toFixed(3);
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

const cell = (row, { value, times } = {}) => {
  if (value === undefined) return '–';
  const text = `${figure(value, row.unit)} ${row.unit}`;
  return times === undefined ? text : `${text} (${multiple(times)} ×)`;
};

/** What a row promises, and whether that is so. */
export const verdict = ({ targets }, slack = 1) =>
  targets
    .map(({ words, value, limit, isLeast }) => {
      const missed = isLeast ? value < limit / slack : value > limit * slack;
      return `${isLeast ? '≥' : '≤'} ${limit.toLocaleString('en')} ${words}${missed ? `: missed, ${multiple(value)}` : ''}`;
    })
    .join('; ');

export const missesOf = ({ targets }, slack = 1) =>
  targets.filter(({ value, limit, isLeast }) => (isLeast ? value < limit / slack : value > limit * slack));

export const head = ['scenario', ...names, 'ours to the best of the others', 'target'];

export const columns = (row, slack) => [
  row.title,
  ...names.map((name) => cell(row, row.cells[name])),
  row.toBest === undefined || row.toBest === 0 ? '–' : `${multiple(row.toBest)} ×`,
  verdict(row, slack) || '–',
];

export const line = (parts) => `| ${parts.join(' | ')} |`;

/** For the terminal: Markdown in columns of one width. */
export function table(rows, slack) {
  const lines = [head, ...rows.map((row) => columns(row, slack))];
  const widths = head.map((_, column) => Math.max(...lines.map((parts) => parts[column].length)));
  const padded = (parts) => line(parts.map((part, column) => part.padEnd(widths[column])));
  const [first, ...others] = lines.map(padded);
  return [first, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}
