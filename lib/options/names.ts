import { preview } from './preview.js';

/** The longest name of a policy, in characters. */
export const MAX_NAME_LENGTH = 256;

// C0, DEL and C1, line and paragraph separator: they would forge lines of logs and headers
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** What is wrong with a name, or `undefined`. Names are keys of maps, so `constructor` is one like any other. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return `expected a name, got ${preview(name)}`;
  if (name.trim() === '') return 'expected a name, got an empty one';
  if (name.length > MAX_NAME_LENGTH)
    return `expected a name of at most ${MAX_NAME_LENGTH} characters, got ${preview(name)}`;
  if (CONTROL.test(name)) return `expected a name without control characters, got ${preview(name)}`;
  // listings keyed by name are plain objects elsewhere, and JSON made of them is read by others
  if (name === '__proto__') return `expected a name, got ${preview(name)}, which is refused for safety's sake`;
  return undefined;
}

/** A path as it is written: `breakers.payments`, `breakers["a.b"]`, `tags[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const name = String(step);
    if (!/^[\w:$-]+$/.test(name) || name.length > 64) return `${text}[${preview(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
