import type { FleetOptions } from '../../../lib/redis/fleet.js';
import type { Script } from '../../../lib/redis/scripts.js';
import type { Transport } from '../../../lib/redis/transport.js';

/** The coordinator with one of its parts taken out. */
export interface Variant {
  options?(options: FleetOptions): FleetOptions;
  transport?(inner: Transport): Transport;
  /** There is no coordinator at all. */
  readonly isAlone?: boolean;
}

/** Keeps all that a transport does but one thing. */
export function around(inner: Transport, changes: Partial<Pick<Transport, 'run' | 'start'>>): Transport {
  return {
    get isReady() {
      return inner.isReady;
    },
    start: changes.start ?? ((listener) => inner.start(listener)),
    run: changes.run ?? ((script, keys, args) => inner.run(script, keys, args)),
    distrust: () => inner.distrust(),
    close: () => inner.close(),
  };
}

/** Runs the same scripts but for one of their pieces. @throws {Error} when a script doesn't contain it */
export function withScript(script: Script, piece: string, other: string): Pick<Required<Variant>, 'transport'> {
  if (!script.source.includes(piece)) throw new Error(`the script ${script.name} does not contain ${piece}`);
  const edited = { ...script, source: script.source.replaceAll(piece, other) };
  return {
    transport: (inner) =>
      around(inner, { run: (each, keys, args) => inner.run(each === script ? edited : each, keys, args) }),
  };
}
