import { CARD_SCRIPT } from './card-script.js';
import { CARD_STYLE } from './card-style.js';
import { DIALOG_SCRIPT } from './dialog-script.js';
import { FLEET_SCRIPT } from './fleet-script.js';
import { FORMAT_SCRIPT } from './format-script.js';
import { GLYPH_SCRIPT } from './glyph-script.js';
import { iconOf } from './icons.js';
import { MAIN_SCRIPT } from './main-script.js';
import { PAGE_STYLE } from './page-style.js';
import { STREAM_SCRIPT } from './stream-script.js';

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

const script = (text: string): Asset => ({ type: 'text/javascript; charset=utf-8', text });
const icon = (color: string, isClosed: boolean): Asset => ({ type: 'image/svg+xml', text: iconOf(color, isClosed) });

/** The files by name: all that the page loads. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['dashboard.css', { type: 'text/css; charset=utf-8', text: PAGE_STYLE + CARD_STYLE }],
  ['dashboard.js', script(MAIN_SCRIPT)],
  ['card.js', script(CARD_SCRIPT)],
  ['dialog.js', script(DIALOG_SCRIPT)],
  ['fleet.js', script(FLEET_SCRIPT)],
  ['format.js', script(FORMAT_SCRIPT)],
  ['glyph.js', script(GLYPH_SCRIPT)],
  ['stream.js', script(STREAM_SCRIPT)],
  ['icon-green.svg', icon('#1a7f37', true)],
  ['icon-yellow.svg', icon('#9a6700', false)],
  ['icon-red.svg', icon('#cf222e', false)],
  ['icon-grey.svg', icon('#57606a', true)],
]);
