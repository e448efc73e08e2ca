import { toUSVString } from 'node:util';

// what would end a line, move the cursor or hide text: C0, DEL, C1, line separators, directions, zero-width
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** A text as one line that can stand in a log: no control characters, no lone surrogates, not longer than `max`. */
export function plainText(text: string, max: number): string {
  const line = text.replace(UNSAFE, ' ').trim();
  return toUSVString(line.length > max ? `${line.slice(0, max - 1)}…` : line);
}
