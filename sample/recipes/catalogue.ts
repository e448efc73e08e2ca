import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folders below `root` that hold a story, compiled or not. */
export const recipeNames = (root: string): readonly string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && readdirSync(join(root, entry.name)).some((file) => /^story\.[jt]s$/.test(file)),
    )
    .map(({ name }) => name)
    .toSorted();
