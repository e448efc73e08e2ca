import type { Instance, InstanceOptions } from './instance.js';

/**
 * What may befall an instance's connection. `blackhole`: requests vanish; `mute`: answers vanish; `refuse`: it is cut,
 * and none is made; `hold`: requests and answers come once it is healed.
 */
export type Trouble = 'blackhole' | 'mute' | 'refuse' | 'hold';

/** An instance's connection to Redis, and what spoils it. */
export interface Link {
  /** Answers and messages come this much later, in ms. */
  slowness: number;
  become(trouble: Trouble): void;
  heal(): void;
}

/** The Redis of a world, and what its people do to it. */
export interface Store {
  /** Loses all that it knows. */
  flush(): Promise<void>;
  /** The answer brings back what it knew at the time of asking. */
  save(): Promise<() => Promise<void>>;
  /** Opens a breaker without a word to anybody. */
  open(encoded: string, epoch: number, left: number): Promise<void>;
  publish(text: string): Promise<void>;
  /** How many scripts it has run so far. */
  commands(): Promise<number>;
}

/** Several instances around one Redis: in memory on a manual clock, or real ones. */
export interface World {
  readonly redis: Store;
  /** How much later than the clock says things may happen here, in ms: on real machines something else runs, too. */
  readonly slack: number;
  /** Instances that know of each other. */
  start(count: number, options?: InstanceOptions): Promise<Instance[]>;
  /** One that waits for nobody; its connection may be in trouble from the beginning. */
  begin(options?: InstanceOptions, trouble?: Trouble): Promise<Instance>;
  wait(ms: number): Promise<void>;
  /** Waits for something that is to come about by itself. @throws {Breach} when it does not */
  until(condition: () => boolean, patience?: number): Promise<void>;
  /** Of all that runs at the same time. */
  done<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A promise of the protocol that was not kept. */
export class Breach extends Error {
  override readonly name = 'Breach';
}

/** How long, in ms, to wait for what is to come about by itself; not as long where it is expected to fail. */
export const patienceOf = (variant: object | undefined): number => (variant === undefined ? 8_000 : 3_000);
