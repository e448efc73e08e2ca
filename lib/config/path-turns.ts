import { readlink } from 'node:fs/promises';
import { join, parse, resolve, sep } from 'node:path';

/** Names by the folder they stand in. */
export type PathTurns = ReadonlyMap<string, ReadonlySet<string>>;

/** As Linux has it: whoever follows more links is going in circles. */
const MAX_LINKS = 40;

/**
 * What decides where a path leads: each symbolic link on the way, and the file at its end. As long as none of these
 * names changes in its folder, the path leads to the same file.
 */
export async function turnsOf(path: string): Promise<PathTurns> {
  const turns = new Map<string, Set<string>>();
  const full = resolve(path);
  let folder = parse(full).root;
  const steps = stepsOf(full.slice(folder.length));
  let links = 0;
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const here = join(folder, step);
    const target = await readlink(here).catch(() => undefined);
    if (target !== undefined || steps.length === 0) {
      const names = turns.get(folder) ?? new Set();
      turns.set(folder, names.add(step));
    }
    if (target === undefined) folder = here;
    else {
      if (++links > MAX_LINKS) break;
      const { root } = parse(target);
      if (root !== '') folder = root;
      steps.unshift(...stepsOf(target.slice(root.length)));
    }
  }
  return turns;
}

const stepsOf = (path: string): string[] => path.split(sep).filter((step) => step !== '' && step !== '.');
