// @ts-check
'use strict';

/** Ends of what opens a string, a template or a comment: brackets in there are none. */
const QUOTED = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/**
 * The same text with comments and strings blanked, character by character.
 * @param {string} text
 */
const blanked = (text) => text.replace(QUOTED, (quoted) => quoted.replace(/[^\n]/g, ' '));

/**
 * Where the bracket at `open` closes; -1 if it doesn't.
 * @param {string} code blanked
 * @param {number} open
 */
function closing(code, open) {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if ('([{'.includes(code.charAt(at))) depth++;
    else if (')]}'.includes(code.charAt(at)) && --depth === 0) return at;
  }
  return -1;
}

/**
 * Where the bracket of the `@Module(` above a class opens, or of the only one; -1 if there is none.
 * @param {string} code blanked
 * @param {string | undefined} name the class's
 */
function moduleBracket(code, name) {
  const all = [...code.matchAll(/@Module\s*\(/g)].map(({ 0: text, index }) => index + text.length - 1);
  const isAbove = (/** @type {number} */ open) => {
    const rest = code.slice(closing(code, open) + 1);
    return /^[^{}]*?\bclass\s+(\w+)/.exec(rest)?.[1] === name;
  };
  if (all.length === 1) return Number(all[0]);
  return (name === undefined ? undefined : all.find(isAbove)) ?? -1;
}

/**
 * Adds an element to the `imports` of a class's `@Module()`; `undefined` where there is no place for it.
 * @param {string} text
 * @param {string} element
 * @param {string} [name] of the class; where the file has one module only, its name doesn't matter
 * @returns {string | undefined}
 */
function addModuleImport(text, element, name) {
  const code = blanked(text);
  const open = moduleBracket(code, name);
  if (open < 0) return undefined;
  const close = closing(code, open);
  const brace = code.indexOf('{', open);
  if (close < 0) return undefined;
  if (brace < 0 || brace > close) {
    if (code.slice(open + 1, close).trim() !== '') return undefined; // made elsewhere
    return `${text.slice(0, open + 1)}{ imports: [${element}] }${text.slice(close)}`;
  }
  const list = topLevelList(code, brace, 'imports');
  if (list === 'elsewhere') return undefined;
  if (list === undefined) return withFirst(text, brace, closing(code, brace), `imports: [${element}]`);
  const end = closing(code, list);
  const before = code.slice(list + 1, end);
  if (before.trim() === '') return `${text.slice(0, list + 1)}${element}${text.slice(end)}`;
  const last = list + 1 + before.trimEnd().length;
  const hasComma = code.charAt(last - 1) === ',';
  const line = /\n([ \t]*)\S/.exec(before);
  const gap = line === null ? ' ' : `\n${line[1]}`;
  return `${text.slice(0, last)}${hasComma ? '' : ','}${gap}${element}${hasComma ? ',' : ''}${text.slice(last)}`;
}

/**
 * Puts a property before the others of an object, on a line of its own where they have lines of their own.
 * @param {string} text
 * @param {number} brace
 * @param {number} end
 * @param {string} property
 */
function withFirst(text, brace, end, property) {
  const inside = text.slice(brace + 1, end);
  if (inside.trim() === '') return `${text.slice(0, brace + 1)} ${property} ${text.slice(end)}`;
  const gap = /^\s*\n[ \t]*/.exec(inside)?.[0] ?? ' ';
  const rest = text.slice(brace + 1);
  return `${text.slice(0, brace + 1)}${gap}${property},${/^\s/.test(rest) ? '' : ' '}${rest}`;
}

/**
 * Where the list of a property of an object begins; `elsewhere` if its value is no list.
 * @param {string} code blanked
 * @param {number} brace
 * @param {string} property
 * @returns {number | 'elsewhere' | undefined}
 */
function topLevelList(code, brace, property) {
  const end = closing(code, brace);
  for (let at = brace + 1; at < end; at++) {
    if ('([{'.includes(code.charAt(at))) {
      at = closing(code, at);
      continue;
    }
    const found = new RegExp(`^${property}\\s*(?::\\s*|(?=[,}]))`).exec(code.slice(at));
    if (found === null || /[\w$.]/.test(code.charAt(at - 1))) continue;
    const value = at + found[0].length;
    return code.charAt(value) === '[' ? value : 'elsewhere';
  }
  return undefined;
}

/**
 * Adds an import after the last one, in the quotes of the others.
 * @param {string} text
 * @param {string} name
 * @param {string} from
 */
function addImport(text, name, from) {
  const code = blanked(text);
  let end = 0;
  for (const found of code.matchAll(/^import\b[^;\n{]*(?:\{[^}]*\}[^;\n]*)?;?[ \t]*\n?/gm))
    end = found.index + found[0].length;
  const quote = /from\s+"/.test(text) ? '"' : "'";
  const line = `import { ${name} } from ${quote}${from}${quote};\n`;
  const head = text.slice(0, end);
  return `${head}${head === '' || head.endsWith('\n') ? '' : '\n'}${line}${text.slice(end)}`;
}

/**
 * The file that a relative import of a name leads to, without its ending.
 * @param {string} text
 * @param {string} name
 */
const importedFrom = (text, name) =>
  new RegExp(`import\\s*(?:${name}|\\{[^}]*\\b${name}\\b[^}]*\\})\\s*from\\s*['"](\\.[^'"]+?)(?:\\.[jt]s)?['"]`).exec(
    text,
  )?.[1];

module.exports = { addImport, addModuleImport, blanked, importedFrom };
