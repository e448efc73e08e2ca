import type { Mode } from '../upstreams/mode.js';

/** What a child process tells the process that started it. */
export type Report =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'mode'; readonly mode: Mode; readonly callsWhileIll: number };

/** What an upstream's process is told. */
export interface Order {
  readonly type: 'mode';
  readonly mode: Mode;
  /** Milliseconds until an answer in mode `slow`. */
  readonly slowness: number;
}
