import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Whether a stream wants colours: `NO_COLOR` and `FORCE_COLOR` decide, else whether it is a terminal. */
export function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return stream.isTTY && env['TERM'] !== 'dumb';
}

export const painter = (colour: boolean): Paint =>
  colour ? (style, text) => (text === '' ? '' : styleText(style, text)) : (_style, text) => text;

/** The painter of this process's standard output. */
export const paint: Paint = painter(wantsColour(process.stdout));
