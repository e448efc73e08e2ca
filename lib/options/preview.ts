const MAX_LENGTH = 40;

/** A value as a message shows it: short, on one line, and whatever it is. */
export function preview(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value, "'");
    case 'bigint':
      return shorten(`${value}n`);
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : `${kindOf(value)}`;
    case 'undefined':
      return 'nothing';
    default:
      return Object.is(value, -0) ? '0' : String(value);
  }
}

/** A text in quotes, shortened, with control characters made visible. */
export function quote(text: string, mark: "'" | '"' = '"'): string {
  const shown = JSON.stringify(text.slice(0, MAX_LENGTH)).slice(1, -1);
  const quoted = `${mark}${mark === '"' ? shown : shown.replaceAll('\\"', '"')}${mark}`;
  return text.length > MAX_LENGTH ? `${quoted}… (${text.length} characters)` : quoted;
}

/** What an object is, in words; safe to ask of a hostile one. */
export function kindOf(value: object): string {
  try {
    if (Array.isArray(value)) return 'a list';
    const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
    return tag === 'Object' || tag === '' ? 'an object' : `${/^[AEIO]/.test(tag) ? 'an' : 'a'} ${shorten(tag)}`;
  } catch {
    return 'an object that cannot be read';
  }
}

const shorten = (text: string): string => (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
