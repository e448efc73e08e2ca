// npm run recipe -- llm-failover: tells what happens in one recipe; without a name, lists them.
import { recipeNames } from './catalogue.js';
import { perform } from './stage/perform.js';
import type { Recipe } from './stage/stage.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const load = async (name: string): Promise<Recipe> => (await import(`./${name}/story.js`)) as Recipe;
const names = recipeNames(import.meta.dirname);
const [wanted] = process.argv.slice(2);

if (wanted !== undefined && names.includes(wanted)) {
  const recipe = await load(wanted);
  print(`\n  ${recipe.title}\n`);
  await perform(recipe, (line) => print(`  · ${line}`));
  print(`\n  The code: sample/recipes/${wanted}/${wanted}.module.ts, its test: test/recipes/${wanted}.spec.ts\n`);
} else {
  const lines = await Promise.all(names.map(async (name) => `  ${name.padEnd(22)}${(await load(name)).title}`));
  const complaint = wanted === undefined ? '' : `\n  There is no recipe "${wanted}".\n`;
  print(`${complaint}\n  npm run recipe -- <name>\n\n${lines.join('\n')}\n`);
  if (wanted !== undefined) process.exitCode = 1;
}
