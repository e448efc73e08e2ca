import type { Script } from './scripts.js';

/** What a transport tells of itself. */
export interface TransportListener {
  /** Commands are answered and messages heard: from now on, or again. */
  ready(): void;
  lost(): void;
  message(text: string): void;
  fault(error: unknown): void;
}

/** The way to the other instances. Deadlines are the caller's: a command may hang as long as it likes. */
export interface Transport {
  readonly isReady: boolean;
  start(listener: TransportListener): void;
  /** Rejects at once where there is no connection. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** An answer has been overdue for long: the connection is given up for a new one. */
  distrust(): void;
  close(): void;
}
