import { circleText, leastOf } from './circle.js';
import { pathText } from './names.js';
import type { OptionsFault } from './options-error.js';

/** What is wrong with a breaker's parent: a call would pass a breaker twice, or for ever. */
export function parentsFault(
  name: string,
  parent: string,
  parentOf: (name: string) => string | null,
): OptionsFault | undefined {
  const at = (each: string): string => pathText(['breakers', each, 'parent']);
  if (parent === name) return { path: at(name), message: 'expected another breaker, got the breaker itself' };
  const line = [name];
  for (let each: string | null = parent; each !== null; each = parentOf(each)) {
    if (each === name) return { path: at(leastOf(line)), message: `parents make a circle: ${circleText(line)}` };
    if (line.includes(each)) return undefined; // a circle further up, told where it is
    line.push(each);
  }
  return undefined;
}
