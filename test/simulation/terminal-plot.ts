import { format } from './report.js';
import type { Plot } from './report.js';

const WIDTH = 76;
const HEIGHT = 10;
const MARKS = ['#', 'o', '+', 'x'];

/** The highest value that falls on each column, in characters. */
export function terminalPlot({ title, x, isLogarithmic = false, series: plain }: Plot): string {
  const scale = (value: number): number => (isLogarithmic ? Math.log10(value) : value);
  const series = plain.map(({ name, points }) => ({
    name,
    points: points.map(([at, value]) => [scale(at), scale(value)] as const),
  }));
  const points = series.flatMap((each) => each.points);
  const [left, right] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at))];
  const top = Math.max(1, ...points.map(([, value]) => value));
  const field = Array.from({ length: HEIGHT }, () => Array<string>(WIDTH).fill(' '));
  for (const [index, { points: each }] of series.entries()) {
    const peaks = Array<number>(WIDTH).fill(-1);
    for (const [at, value] of each) {
      const column = Math.min(WIDTH - 1, Math.floor(((at - left) / (right - left)) * WIDTH));
      peaks[column] = Math.max(peaks[column]!, value);
    }
    for (const [column, value] of peaks.entries()) {
      if (value < 0) continue;
      field[HEIGHT - 1 - Math.round((value / top) * (HEIGHT - 1))]![column] = MARKS[index]!;
    }
  }
  const real = (value: number): number => (isLogarithmic ? 10 ** value : value);
  const label = (row: number): string =>
    (row === 0 ? format(real(top)) : row === HEIGHT - 1 ? format(real(0)) : '').padStart(8);
  const legend = series.map(({ name }, index) => `${MARKS[index]} ${name}`).join('   ');
  const lines = field.map((row, at) => `${label(at)} |${row.join('')}`.trimEnd());
  return [
    title,
    ...lines,
    `${''.padStart(8)} +${'-'.repeat(WIDTH)}`,
    `${''.padStart(9)}${format(real(left))} – ${format(real(right))} ${x}   ${legend}`,
  ].join('\n');
}
