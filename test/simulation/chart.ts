import { format } from './report.js';
import type { Plot, Series } from './report.js';

const [WIDTH, HEIGHT] = [760, 300];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 20, 56, 44];
/** Told apart without colour, too: each line has a dash of its own. */
const STYLES = [
  { color: '#b3261e', dash: '' },
  { color: '#1a5fb4', dash: '7 3' },
  { color: '#26734d', dash: '2 3' },
  { color: '#777777', dash: '9 3 2 3' },
] as const;

/** A plot as an SVG that is legible on light and dark pages. */
export function chart({ title, x, isLogarithmic = false, series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const across = axis(points.map(([at]) => at), isLogarithmic, LEFT, WIDTH - RIGHT); // prettier-ignore
  const up = axis([...points.map(([, value]) => value), ...(isLogarithmic ? [] : [0])], isLogarithmic, HEIGHT - BOTTOM, TOP); // prettier-ignore
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" font-weight="600" fill="#222222">${title}</text>`,
    ...up.ticks.map(
      (value) =>
        `<path d="M${LEFT} ${up.place(value)}H${WIDTH - RIGHT}" stroke="#dddddd"/><text x="${LEFT - 8}" y="${up.place(value) + 4}" text-anchor="end" fill="#444444">${format(value)}</text>`,
    ),
    ...across.ticks.map(
      (at) =>
        `<text x="${across.place(at)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#444444">${format(at)}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="#444444">${x}</text>`,
    ...series.flatMap((each, index) => line(each, index, across.place, up.place)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function line({ name, points }: Series, index: number, across: Place, up: Place): string[] {
  const { color, dash } = STYLES[index]!;
  const stroke = `stroke="${color}" stroke-width="2" stroke-dasharray="${dash}" fill="none"`;
  const path = points.map(([at, value], order) => `${order === 0 ? 'M' : 'L'}${across(at)} ${up(value)}`).join('');
  const begin = LEFT + index * 170;
  return [
    `<path d="${path}" ${stroke}/>`,
    `<path d="M${begin} 38h28" ${stroke}/><text x="${begin + 34}" y="42" fill="#222222">${name}</text>`,
  ];
}

type Place = (value: number) => number;

function axis(
  values: readonly number[],
  isLogarithmic: boolean,
  from: number,
  to: number,
): { place: Place; ticks: number[] } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const scale = (value: number): number => (isLogarithmic ? Math.log(value) : value);
  const ticks = isLogarithmic ? powersBetween(least, most) : steps(least, most);
  const end = isLogarithmic ? most : Math.max(most, ticks.at(-1)!);
  const place = (value: number): number =>
    Math.round((from + ((to - from) * (scale(value) - scale(least))) / (scale(end) - scale(least))) * 10) / 10;
  return { place, ticks };
}

/** About five round numbers. */
function steps(least: number, most: number): number[] {
  const rough = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.ceil(most / step) - first + 1 }, (_, at) => (first + at) * step);
}

function powersBetween(least: number, most: number): number[] {
  const ticks = [];
  for (let power = Math.ceil(Math.log10(least)); 10 ** power <= most; power++) ticks.push(10 ** power);
  return ticks;
}
