import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

/** A configuration file that can't be read or parsed; the message names it, and the line where the parser knows it. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';

  constructor(
    readonly file: string,
    reason: string,
    cause?: unknown,
  ) {
    super(`${file}: ${reason}`, cause === undefined ? undefined : { cause });
  }
}

type Parse = (text: string) => unknown;

/** A parser is imported when a file of its kind is read: whoever writes JSON needs neither package. */
const PARSERS: Readonly<Record<string, () => Promise<Parse>>> = {
  '.json': () => Promise.resolve(JSON.parse as Parse),
  '.yaml': yaml,
  '.yml': yaml,
  '.toml': async () => {
    const { parse } = await optional('smol-toml', () => import('smol-toml'));
    return parse;
  },
};

async function yaml(): Promise<Parse> {
  const { parse } = await optional('yaml', () => import('yaml'));
  return (text) => parse(text, { maxAliasCount: 100, prettyErrors: true }) as unknown;
}

async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new Error(`needs the package "${name}": npm install ${name}`, { cause });
  }
}

/**
 * Reads a JSON, YAML or TOML file, by its ending; an empty one says nothing.
 * @param mayBeEmpty `false` for a file that had content: it is being written at this moment, or a disk was full
 * @throws {@link ConfigFileError}
 */
export async function readOptionsFile(file: string, mayBeEmpty = true): Promise<unknown> {
  const load = PARSERS[extname(file).toLowerCase()];
  if (load === undefined)
    throw new ConfigFileError(file, `expected a file that ends in ${Object.keys(PARSERS).join(', ')}`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigFileError(
      file,
      `cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
      cause,
    );
  }
  text = text.replace(/^\uFEFF/, ''); // some editors begin files with a byte order mark
  if (text.trim() === '') {
    if (mayBeEmpty) return {};
    throw new ConfigFileError(file, 'is empty, and changes nothing. To take back what it said write {}');
  }
  try {
    return (await load())(text) ?? {};
  } catch (cause) {
    throw new ConfigFileError(
      file,
      cause !== null && typeof cause === 'object' && 'message' in cause ? String(cause.message) : String(cause),
      cause,
    );
  }
}
