import { format } from './report.js';
import type { Report } from './report.js';

const MAX_HEAD = 16;

/** A report's rows for a terminal: heads are broken into lines, numbers stand to the right. */
export function terminalTable({ columns, rows }: Report): string {
  const heads = columns.map((column) => broken(column, MAX_HEAD));
  const cells = rows.map((row) => row.map(format));
  const widths = heads.map((lines, at) =>
    Math.max(...[...lines, ...cells.map((row) => row[at]!)].map(({ length }) => length)),
  );
  const line = (texts: readonly string[]): string => texts.map((text, at) => text.padStart(widths[at]!)).join('  ');
  const height = Math.max(...heads.map(({ length }) => length));
  const top = Array.from({ length: height }, (_, at) =>
    line(heads.map((lines) => lines[at - height + lines.length] ?? '')),
  );
  return [...top, line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** The same for a page, padded as the formatter of this repository has it. */
export function markdownTable({ columns, rows }: Report): string {
  const cells = [columns, ...rows.map((row) => row.map(format))];
  const widths = columns.map((_, at) => Math.max(3, ...cells.map((row) => row[at]!.length)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, at) => text.padStart(widths[at]!)).join(' | ')} |`;
  const [head, ...body] = cells.map(line);
  return [head, `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`, ...body].join('\n');
}

function broken(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
