import { isAlive, npmAncestors } from './ancestry.js';
import { Child } from './child.js';
import type { ChildOptions } from './child.js';

/** All processes that belong to this one: they start together and none outlives it. */
export class Household {
  private readonly children: Child[] = [];
  private stopped: Promise<void> | undefined;

  constructor() {
    // also after an uncaught error; a killed parent's children notice by their closed channel
    process.on('exit', () => {
      for (const child of this.children) child.kill();
    });
  }

  /** Whether it is on its way out; what fails from then on is no news. */
  get isStopping(): boolean {
    return this.stopped !== undefined;
  }

  add(options: ChildOptions): Child {
    const child = new Child(options);
    this.children.push(child);
    return child;
  }

  /**
   * Starts several and resolves with their ports, in their order.
   * @throws Error that names every one of them that could not start
   */
  async start(children: readonly Child[]): Promise<number[]> {
    const results = await Promise.allSettled(children.map((child) => child.start()));
    const faults = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
    if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'));
    return results.map((result) => (result as PromiseFulfilledResult<number>).value);
  }

  /** Ends them all; a second call waits for the first. */
  stop(): Promise<void> {
    this.stopped ??= Promise.all(this.children.map((child) => child.stop())).then(() => undefined);
    return this.stopped;
  }

  /** Runs `farewell` and ends this process once it is told to, or once the npm that started it is gone, however that died. */
  endOnSignals(farewell: (signal: NodeJS.Signals) => Promise<number>): void {
    let told = false;
    const end = (signal: NodeJS.Signals): void => {
      if (told) return;
      told = true;
      void farewell(signal)
        .catch(() => 1)
        .then((code) => process.exit(code));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
    // whoever read what this process prints has left
    process.stdout.on('error', () => end('SIGHUP'));
    // the shell between npm and this process passes no signal on: npm would die and leave everything running
    const ancestors = npmAncestors();
    setInterval(() => {
      if (!ancestors.every(isAlive)) end('SIGHUP');
    }, 500).unref();
  }
}
