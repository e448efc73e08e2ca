import type { Answer } from './answer.js';
import type { Script } from './scripts.js';

/** A breaker's way to its fleet. */
export interface FleetLink {
  /** This instance, among all. */
  readonly id: string;
  /** Voices that open the fleet: as configured, or all where fewer are alive. */
  readonly quorum: number;
  /** How long a vote stands that is not renewed, in ms. */
  readonly voteTtl: number;
  /** How long a call may wait, in ms. */
  readonly leaseDeadline: number;
  readonly instances: number;
  readonly isConnected: boolean;
  /** Rejects when there is no connection, or no answer in the time that the background has. */
  run(script: Script, encoded: string, args: readonly (string | number)[]): Promise<Answer>;
}
