// What a call costs, in multiples of the bare call: bars on a logarithmic scale, readable in light and dark.
import { multiple } from './table.js';

const SUBJECTS = [
  { name: 'ours', title: 'nest-circuit-breaker', at: 0 },
  { name: 'cockatiel', title: 'cockatiel', at: 170 },
  { name: 'opossum', title: 'opossum', at: 265 },
  { name: 'nestjs-resilience', title: 'nestjs-resilience', at: 355 },
];
const [WIDTH, LEFT, RIGHT, TOP] = [860, 300, 60, 84];
const [BAR, GAP, GROUP] = [11, 2, 16];
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

const STYLE = `
    text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
    .heading { font-size: 15px; font-weight: 600; }
    .faint { fill: #59636e; font-size: 11px; }
    .grid { stroke: #d1d9e0; }
    .ours { fill: #0067a5; } .cockatiel { fill: #d98b00; } .opossum { fill: #00875a; } .nestjs-resilience { fill: #b3589a; }
    text.ours { font-weight: 600; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .faint { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .ours { fill: #56b4e9; } .cockatiel { fill: #f0ad2e; } .opossum { fill: #2fbf8f; } .nestjs-resilience { fill: #d98bc4; }
    }`;

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x, y, words, rest = '') => `  <text x="${x}" y="${y}"${rest}>${escape(words)}</text>`;

/** @param rows those of calls, each with a `times` for whoever has such a call */
export function chart(rows, machine) {
  const most = Math.max(...rows.flatMap(({ cells }) => Object.values(cells).map(({ times }) => times)));
  const ticks = TICKS.slice(0, TICKS.findIndex((tick) => tick >= most) + 1);
  const x = (times) => LEFT + (Math.log(Math.max(times, 1)) / Math.log(ticks.at(-1))) * (WIDTH - LEFT - RIGHT);
  const bars = [];
  let y = TOP;
  for (const { title, cells } of rows) {
    const present = SUBJECTS.filter(({ name }) => cells[name] !== undefined);
    const height = present.length * (BAR + GAP);
    bars.push(text(LEFT - 10, y + height / 2 + 3, title, ' text-anchor="end"'));
    for (const { name } of present) {
      const { times } = cells[name];
      const end = x(times);
      bars.push(
        `  <rect class="${name}" x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" rx="1"/>`,
      );
      bars.push(text((end + 4).toFixed(1), y + BAR - 1, `${multiple(times)} ×`, ' class="faint"'));
      y += BAR + GAP;
    }
    y += GROUP;
  }
  const bottom = y - GROUP + 6;
  const grid = ticks.flatMap((tick) => [
    `  <line class="grid" x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${TOP - 6}" y2="${bottom}"/>`,
    text(x(tick).toFixed(1), bottom + 16, `${tick} ×`, ' class="faint" text-anchor="middle"'),
  ]);
  const legend = SUBJECTS.flatMap(({ name, title, at }) => [
    `  <rect class="${name}" x="${LEFT + at}" y="44" width="11" height="11" rx="1"/>`,
    text(LEFT + at + 16, 54, title, name === 'ours' ? ' style="font-weight:600"' : ''),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 44}" role="img" aria-labelledby="title description">`,
    '  <title id="title">What a guarded call costs, in multiples of the bare call</title>',
    `  <desc id="description">${escape(description(rows))}</desc>`,
    `  <style>${STYLE}\n  </style>`,
    text(10, 24, 'What a guarded call costs: multiples of the bare call, logarithmic; less is better', ' class="heading"'),
    ...legend,
    ...grid,
    ...bars,
    text(10, bottom + 36, `npm run bench -- --only ${rows.map(({ id }) => id).join(',')} --write — ${machine}`, ' class="faint"'),
    '</svg>',
    '',
  ].join('\n'); // prettier-ignore
}

const description = (rows) =>
  rows
    .map(({ title, cells }) => {
      const parts = SUBJECTS.filter(({ name }) => cells[name]).map(
        ({ name, title: subject }) => `${subject} ${multiple(cells[name].times)}`,
      );
      return `${title}: ${parts.join(', ')}`;
    })
    .join('. ');
