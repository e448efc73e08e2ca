import { readFileSync, writeFileSync } from 'node:fs';

import { chart } from './chart.js';
import type { Report } from './report.js';
import { markdownTable } from './table.js';

const BEGIN = '<!-- simulation:begin -->';
const END = '<!-- simulation:end -->';

/** Puts the reports between the markers of a page, and their plots beside its images. */
export function writePage(page: string, images: string, reports: readonly Report[], seed: number): void {
  const sections = reports.map((report) => {
    const plots = (report.plots ?? []).map((plot) => {
      const file = `simulation-${plot.file}.svg`;
      writeFileSync(`${images}/${file}`, chart(plot));
      return `![${plot.title}](images/${file})`;
    });
    return [`### ${report.title}`, report.setup, markdownTable(report), ...plots, report.conclusion]
      .map(folded)
      .join('\n\n');
  });
  const text = readFileSync(page, 'utf8');
  const [before, rest] = split(text, BEGIN);
  const [, after] = split(rest, END);
  const intro = folded(`Written by \`npm run simulate -- --write\`, seed ${seed}.`);
  writeFileSync(page, `${before}${BEGIN}\n\n${[intro, ...sections].join('\n\n')}\n\n${END}${after}`);
}

function split(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`the page has no ${marker}`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}

/** Prose at 120 characters; tables, headings and images stay as they are. */
function folded(text: string): string {
  if (/^[|#!]/.test(text)) return text;
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last.length + 1 + word.length > 120) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
