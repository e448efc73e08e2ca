import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import type { PolicyRegistry, Timer } from '../engine/index.js';
import { layer } from './layered-sources.js';
import type { ConfigSources } from './layered-sources.js';

/** What {@link watchCircuitBreakerConfig} follows. */
export interface WatchedSources extends ConfigSources {
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
 * Applies a configuration file again whenever it changes: states, windows and listeners are kept. A file with a fault
 * changes nothing and is reported once, with all its faults. Follows replacement by renaming and swapped symbolic
 * links, as Kubernetes mounts config maps, because it watches folders: that of the name, and that of the file behind it.
 */
export function watchCircuitBreakerConfig(registry: PolicyRegistry, sources: WatchedSources): ConfigWatcher {
  return new FileFollower(registry, sources);
}

class FileFollower implements ConfigWatcher {
  private readonly file: string;
  private watchers: FSWatcher[] = [];
  private folders = '';
  private timer: Timer | undefined;
  private work: Promise<void>;
  private applied: string | undefined;
  private reported: string | undefined;
  private isClosed = false;

  constructor(
    private readonly registry: PolicyRegistry,
    private readonly sources: WatchedSources,
  ) {
    this.file = resolve(sources.file);
    // what the file says now is taken as applied where the application was started with it
    this.work = this.follow().then(() => this.apply());
  }

  close(): void {
    this.isClosed = true;
    this.timer?.cancel();
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  async settled(): Promise<void> {
    while (this.timer !== undefined) await new Promise((resolve) => setTimeout(resolve, QUIET));
    await this.work;
  }

  /** Watches the folder of the name and, behind links, that of the file; again when a link leads elsewhere. */
  private async follow(): Promise<void> {
    const target = await realpath(this.file).catch(() => this.file);
    const link = dirname(this.file);
    const folders = [...new Set([link, dirname(target), await realpath(link).catch(() => link)])];
    if (this.isClosed || folders.join('\0') === this.folders) return;
    for (const watcher of this.watchers) watcher.close();
    this.folders = folders.join('\0');
    this.watchers = folders.flatMap((folder) =>
      this.watchFolder(folder, new Set([basename(this.file), basename(target)])),
    );
  }

  private watchFolder(folder: string, names: ReadonlySet<string>): FSWatcher[] {
    try {
      // Kubernetes swaps a link called `..data` beside the file
      const watcher = watch(folder, { persistent: false }, (_event, changed) => {
        if (changed === null || names.has(changed) || changed.startsWith('..')) this.changed();
      });
      watcher.on('error', (error) => this.report(error));
      return [watcher];
    } catch (error) {
      this.report(error);
      return [];
    }
  }

  private changed(): void {
    if (this.isClosed) return;
    this.timer?.cancel();
    const handle = setTimeout(() => {
      this.timer = undefined;
      this.work = this.work.then(() => this.follow()).then(() => this.apply());
    }, QUIET);
    handle.unref();
    this.timer = { cancel: () => clearTimeout(handle) };
  }

  private async apply(): Promise<void> {
    try {
      const options = await layer(this.sources);
      if (this.isClosed) return;
      const text = fingerprint(options);
      if (text === this.applied) return;
      this.registry.reconfigure(options);
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
    if (this.sources.onError !== undefined) this.sources.onError(error);
    else process.emitWarning(error instanceof Error ? error : new Error(text), 'CircuitBreakerConfigWarning');
  }
}

/** Overlays hang on options by a symbol: they are what the file and the environment said. */
const fingerprint = (options: object): string =>
  JSON.stringify(Object.getOwnPropertySymbols(options).map((key) => (options as Record<symbol, unknown>)[key]));
