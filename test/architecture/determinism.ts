import ts from 'typescript';
import { CLOCK } from './table.js';
import { descendants, folderOf, importsOf, parse } from './sources.js';
import type { Source } from './sources.js';

const BANNED = new Set(['Date', 'performance', 'setTimeout', 'setInterval']);
const BANNED_MODULES = new Set(['timers', 'timers/promises', 'perf_hooks']);
const GLOBALS = new Set(['globalThis', 'global']);

/** In the engine only the clock asks the machine for time, and nobody asks it for chance. */
export function engineIsDeterministic(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => folderOf(path) === 'engine' && path !== CLOCK)
    .flatMap((source) => {
      const file = parse(source);
      const words = [...descendants(file)].flatMap((node) => {
        const word = bannedWord(node);
        if (word === undefined) return [];
        const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
        return [`${source.path}:${line}: ${word} belongs to ${CLOCK}`];
      });
      const modules = importsOf(source)
        .filter((specifier) => BANNED_MODULES.has(specifier.replace(/^node:/, '')))
        .map((specifier) => `${source.path}: '${specifier}' belongs to ${CLOCK}`);
      return [...words, ...modules];
    });
}

function bannedWord(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && BANNED.has(node.text) && !isOnlyAName(node)) return node.text;
  // Every use of Math but a plain `Math.floor`: so neither `Math['random']` nor `const { random } = Math` slips through.
  if (!ts.isIdentifier(node) || node.text !== 'Math' || isOnlyAName(node)) return undefined;
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text !== 'random'
    ? undefined
    : 'Math.random';
}

/**
 * `clock.setTimeout` and `{ performance: 1 }` only share a word with the global; `globalThis.setTimeout` is it. The type
 * `Date` reads no time either: `at: Date` is fine, `new Date()` is not.
 */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isTypeReferenceNode(parent)) return true;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.name === node && !(ts.isIdentifier(parent.expression) && GLOBALS.has(parent.expression.text));
  }
  if (ts.isImportSpecifier(parent)) return true; // what it is imported from counts, see BANNED_MODULES
  const named = parent as ts.Node & { readonly name?: ts.Node };
  const declares =
    ts.isPropertyAssignment(parent) ||
    ts.isClassElement(parent) ||
    ts.isTypeElement(parent) ||
    ts.isQualifiedName(parent);
  return declares && (ts.isQualifiedName(parent) ? parent.right === node : named.name === node);
}
