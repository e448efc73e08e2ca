import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** One file of `lib/`: its path below `lib/`, with forward slashes, and what stands in it. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Reads every TypeScript file below a directory. */
export function readSources(directory: string): Source[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ path: posix.relative(directory.replaceAll('\\', '/'), file), text: readFileSync(file, 'utf8') }));
}

export function parse(source: Source): ts.SourceFile {
  return ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

/** Every node below one, itself included. */
export function* descendants(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* descendants(child);
}

/** The module names a file imports or exports from: static, dynamic, `require` and `import('…')` types alike. */
export function importsOf(source: Source): string[] {
  return [...descendants(parse(source))].flatMap((node) => {
    const name = specifierOf(node);
    return name && ts.isStringLiteralLike(name) ? [name.text] : [];
  });
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === 'require');
  return loads ? node.arguments[0] : undefined;
}

/** The file below `lib/` a relative import points at: `./state.js` in `engine/x.ts` is `engine/state.ts`. */
export function resolveImport(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

/** The folder of `lib/` a file belongs to; `index` for the root index. */
export function folderOf(path: string): string {
  const [folder, rest] = path.split('/');
  return rest === undefined ? path.replace(/\.ts$/, '') : (folder ?? '');
}

export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
