import type { Mode } from '../upstreams/mode.js';

/** A breaker's move, and what its calls had come to by then. */
export interface Move {
  readonly to: string;
  /** `cluster` where it follows others. */
  readonly reason: string;
  /** By the wall clock, in ms. */
  readonly at: number;
  readonly calls: number;
  readonly failures: number;
}

/** What a child process tells the process that started it. */
export type Report =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'moved'; readonly move: Move }
  | { readonly type: 'mode'; readonly mode: Mode; readonly callsWhileIll: number };

/** What an upstream's process is told. */
export interface Order {
  readonly type: 'mode';
  readonly mode: Mode;
  /** Milliseconds until an answer in mode `slow`. */
  readonly slowness: number;
}
