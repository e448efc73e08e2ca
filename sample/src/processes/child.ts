import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Move, Order, Report } from './messages.js';
import { explainPort } from './port.js';
import type { PortChoice } from './port.js';

/** How long a child may take to end before it is ended. */
const PATIENCE = 2_000;

export interface ChildOptions {
  readonly name: string;
  /** The script's place, seen from `dist/`. */
  readonly script: string;
  readonly port: PortChoice;
  readonly env?: Readonly<Record<string, string>>;
  /** Hears what the child writes, line by line; without it, the child writes to this process's own output. */
  readonly onOutput?: (line: string) => void;
  readonly onMove?: (move: Move) => void;
  readonly onExit?: (child: Child) => void;
}

/** A Node process of our own that serves HTTP on one port and ends when this one does. */
export class Child {
  readonly name: string;
  private process: ChildProcess | undefined;
  private stopping = false;
  private boundPort: number | undefined;

  constructor(private readonly options: ChildOptions) {
    this.name = options.name;
  }

  get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  get pid(): number | null {
    return this.isRunning ? (this.process?.pid ?? null) : null;
  }

  /** Starts it, on the port it had before if it ran already, and resolves with that port once it listens. */
  async start(): Promise<number> {
    const { script, port, env, onOutput } = this.options;
    this.stopping = false;
    const child = fork(fileURLToPath(new URL(`../${script}`, import.meta.url)), {
      env: { ...process.env, ...env, PORT: String(this.boundPort ?? port.port) },
      stdio: ['ignore', onOutput ? 'pipe' : 'inherit', onOutput ? 'pipe' : 'inherit', 'ipc'],
    });
    this.process = child;
    for (const input of [child.stdout, child.stderr]) {
      if (onOutput && input) createInterface({ input }).on('line', onOutput);
    }
    child.on('message', (message: Report) => {
      if (message.type === 'moved') this.options.onMove?.(message.move);
    });
    this.boundPort = await this.untilListening(child);
    child.once('exit', () => {
      if (!this.stopping) this.options.onExit?.(this);
    });
    return this.boundPort;
  }

  private untilListening(child: ChildProcess): Promise<number> {
    const { name, port } = this.options;
    return new Promise((resolve, reject) => {
      child.on('message', (message: Report) => {
        if (message.type === 'listening') resolve(message.port);
        if (message.type === 'failed') reject(new Error(explainPort(message.code, message.message, name, port)));
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`${name} ended while it started (${signal ?? code}).`)));
    });
  }

  /** Gives an order and resolves with the child's answer to it. */
  async ask(order: Order): Promise<Extract<Report, { type: 'mode' }>> {
    const child = this.process;
    if (child === undefined || !child.connected) throw new Error(`${this.name} is not running.`);
    child.send(order);
    for (;;) {
      const [answer] = (await once(child, 'message', { signal: AbortSignal.timeout(5_000) })) as [Report];
      if (answer.type === 'mode') return answer;
      if (answer.type === 'failed') throw new Error(answer.message);
    }
  }

  /** Asks it to end, and ends it if it doesn't. */
  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.process;
    if (child === undefined || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await ended;
    clearTimeout(timer);
  }

  kill(): void {
    if (this.isRunning) this.process?.kill('SIGKILL');
  }
}
