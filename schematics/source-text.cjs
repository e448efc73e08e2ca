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
 * Adds an element to the `imports` of the first `@Module()`; `undefined` where there is no place for it.
 * @param {string} text
 * @param {string} element
 * @returns {string | undefined}
 */
function addModuleImport(text, element) {
  const code = blanked(text);
  const decorator = /@Module\s*\(/.exec(code);
  if (decorator === null) return undefined;
  const open = decorator.index + decorator[0].length - 1;
  const close = closing(code, open);
  const brace = code.indexOf('{', open);
  if (close < 0) return undefined;
  if (brace < 0 || brace > close) {
    if (code.slice(open + 1, close).trim() !== '') return undefined; // made elsewhere
    return `${text.slice(0, open + 1)}{ imports: [${element}] }${text.slice(close)}`;
  }
  const list = topLevelList(code, brace, 'imports');
  if (list === 'elsewhere') return undefined;
  if (list === undefined) return `${text.slice(0, brace + 1)}\n  imports: [${element}],${text.slice(brace + 1)}`;
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
  new RegExp(`import\\s*\\{[^}]*\\b${name}\\b[^}]*\\}\\s*from\\s*['"](\\.[^'"]+?)(?:\\.[jt]s)?['"]`).exec(text)?.[1];

module.exports = { addImport, addModuleImport, blanked, importedFrom };
