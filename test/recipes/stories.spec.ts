import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { recipeNames } from '../../sample/recipes/catalogue.js';
import { perform } from '../../sample/recipes/stage/perform.js';
import type { Recipe } from '../../sample/recipes/stage/stage.js';

const root = resolve(import.meta.dirname, '../../sample/recipes');
const names = recipeNames(root);

describe('the recipes', () => {
  it.each(names)('%s › tells its story to the end, from a file of its name, and has a test', async (name) => {
    const recipe = (await import(`../../sample/recipes/${name}/story.js`)) as Recipe;
    const lines: string[] = [];
    await perform(recipe, (line) => lines.push(line));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('\n')).not.toMatch(/undefined|TypeError|\[object/);
    expect(existsSync(join(root, name, `${name}.module.ts`))).toBe(true);
    expect(existsSync(join(import.meta.dirname, `${name}.spec.ts`))).toBe(true);
  });

  it('are listed in their README, as their stories are titled', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8').replaceAll(/ +/g, ' ');
    expect(names).toHaveLength(21);
    for (const name of names) {
      const { title } = (await import(`../../sample/recipes/${name}/story.js`)) as Recipe;
      expect(readme).toContain(`| [${name}](${name}/${name}.module.ts) | ${title} |`);
    }
  });
});
