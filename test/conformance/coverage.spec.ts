import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

const FOLDER = join(process.cwd(), 'test/conformance');
/** The rules that concern one process; 67 to 78 are about several, and are proven in `test/cluster/`. */
const RULES = [...Array.from({ length: 66 }, (_, i) => i + 1), 79, 80];

/** The numbers that the titles of tests carry, as in `[C05] a probe that …`. */
function numbersIn(text: string): number[] {
  const titles = [...text.matchAll(/(?:\bit|\bit\.each\([\s\S]*?\)|\bit\.each<[\s\S]*?\]\))\(\s*(['"`])([^\n]*?)\1,/g)];
  return titles.flatMap(([, , title]) =>
    [...(title ?? '').matchAll(/\[C(\d\d)\]/g)].map(([, digits]) => Number(digits)),
  );
}

describe('the rules', () => {
  const specs = readdirSync(FOLDER).filter((name) => name.endsWith('.spec.ts') && !name.startsWith('coverage'));
  const proven = new Set(specs.flatMap((name) => numbersIn(readFileSync(join(FOLDER, name), 'utf8'))));

  it.each(RULES)('have a test for number %d', (rule) => {
    expect([...proven]).toContain(rule);
  });

  it('are known by the titles of tests, not by comments', () => {
    expect(numbersIn("// [C01]\nit('[C02] [C03] some', () => {});\nit.each([1])('[C04] %d', () => {});")).toEqual([
      2, 3, 4,
    ]);
    expect([...proven].filter((rule) => !RULES.includes(rule))).toEqual([]);
  });
});
