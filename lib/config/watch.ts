import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';

import type { PolicyRegistry } from '../engine/index.js';
import { layer } from './layered-sources.js';
import type { ConfigSources } from './layered-sources.js';
import { turnsOf } from './path-turns.js';

/** What {@link watchCircuitBreakerConfig} follows: the sources that the application was started with. */
export interface WatchedSources extends ConfigSources {
  /** @default what code said when the application was started */
  readonly base?: ConfigSources['base'];
  readonly file: string;
  /** Hears of a file that can't be used, once for each thing that is wrong. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface ConfigWatcher {
  /** Stops; what is being read is no longer applied. */
  close(): void;
  /** Resolves when the changes seen so far have been applied or reported. */
  settled(): Promise<void>;
}

/** Editors and deployments write in bursts: the last word counts. In ms. */
const QUIET = 50;

/**
 * Applies a configuration file again whenever it changes: states, windows, listeners and what was said by
 * `registry.update` are kept. A file with a fault changes nothing and is reported once, with all its faults. Follows
 * replacement by renaming and swapped symbolic links, as Kubernetes mounts config maps, because it watches folders:
 * those of the links on the way and that of the file. Keeps no process alive.
 */
export function watchCircuitBreakerConfig(registry: PolicyRegistry, sources: WatchedSources): ConfigWatcher {
  return new FileFollower(registry, sources);
}

/** A burst of changes that has not ended yet. */
interface Burst {
  readonly over: Promise<void>;
  readonly end: () => void;
  timer: NodeJS.Timeout;
}

class FileFollower implements ConfigWatcher {
  private watchers: FSWatcher[] = [];
  private watched = '';
  private burst: Burst | undefined;
  private work: Promise<void>;
  private applied: string | undefined;
  private reported: string | undefined;
  private isClosed = false;
  private readonly base: object;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly sources: WatchedSources,
  ) {
    this.base = sources.base ?? registry.source.code;
    // it may have changed since the application read it
    this.work = this.follow().then(() => this.apply());
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.burst?.timer);
    this.burst?.end();
    this.burst = undefined;
    this.unwatch();
  }

  async settled(): Promise<void> {
    while (this.burst !== undefined) await this.burst.over;
    await this.work;
  }

  /** Watches the folders on the way to the file; again when a link leads elsewhere. */
  private async follow(): Promise<void> {
    const turns = await turnsOf(this.sources.file);
    const watched = JSON.stringify([...turns].map(([folder, names]) => [folder, ...names]));
    if (this.isClosed || watched === this.watched) return;
    this.unwatch();
    this.watched = watched;
    this.watchers = [...turns].flatMap(([folder, names]) => this.watchFolder(folder, names));
  }

  private watchFolder(folder: string, names: ReadonlySet<string>): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, changed) => {
        if (changed === null || names.has(changed)) this.changed();
      });
      watcher.on('error', (error) => this.report(error));
      return [watcher];
    } catch (error) {
      this.report(error);
      return [];
    }
  }

  private unwatch(): void {
    for (const watcher of this.watchers.splice(0)) watcher.close();
  }

  private changed(): void {
    if (this.isClosed) return;
    const timer = setTimeout(() => this.endBurst(), QUIET).unref();
    if (this.burst === undefined) {
      const { promise, resolve } = withResolvers();
      this.burst = { over: promise, end: resolve, timer };
    } else {
      clearTimeout(this.burst.timer);
      this.burst.timer = timer;
    }
  }

  private endBurst(): void {
    const { burst } = this;
    this.burst = undefined;
    this.work = this.work.then(() => this.follow()).then(() => this.apply());
    burst?.end();
  }

  private async apply(): Promise<void> {
    try {
      const options = await layer({ ...this.sources, base: this.base }, this.applied === undefined);
      if (this.isClosed) return;
      const text = fingerprint(options);
      if (text !== this.applied) this.registry.reconfigure(options);
      this.applied = text;
      this.reported = undefined;
    } catch (error) {
      this.report(error);
    }
  }

  private report(error: unknown): void {
    const text = String(error);
    if (this.isClosed || text === this.reported) return;
    this.reported = text;
    const { onError } = this.sources;
    if (onError === undefined) {
      process.emitWarning(error instanceof Error ? error : new Error(text), 'CircuitBreakerConfigWarning');
      return;
    }
    try {
      onError(error);
    } catch (fault) {
      this.registry.scope.report(fault, 'onError of watchCircuitBreakerConfig');
    }
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Overlays hang on options by a symbol: they are what the file and the environment said. */
const fingerprint = (options: object): string =>
  JSON.stringify(Object.getOwnPropertySymbols(options).map((key) => (options as Record<symbol, unknown>)[key]));
