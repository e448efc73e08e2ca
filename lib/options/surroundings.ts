import { Scope } from '../engine/index.js';
import type { Clock, FaultReporter, Random } from '../engine/index.js';
import { parseDuration } from './duration.js';

/** What policies take from outside besides their options. */
export interface Surroundings {
  /** The source of time. @default the process's own clock */
  readonly clock?: Clock | undefined;
  /** The source of chance, uniform in [0, 1). @default `Math.random` */
  readonly random?: Random | undefined;
  /** Hears of faults in your predicates, generators and listeners. @default a warning of the process, once a place */
  readonly onFault?: FaultReporter | undefined;
}

/** A scope that reads durations as users write them. */
export function scopeOf({ clock, random, onFault = warnOnce() }: Surroundings = {}): Scope {
  return new Scope({ clock, random, onFault, readDuration: parseDuration });
}

/** A callback that fails fails often: it is told once. */
function warnOnce(): FaultReporter {
  const told = new Set<string>();
  return (fault, where) => {
    if (told.has(where) || told.size > MAX_TOLD) return;
    told.add(where);
    process.emitWarning(`a fault in ${where}: ${describe(fault)}`, {
      type: 'CircuitBreakerWarning',
      code: 'CIRCUIT_BREAKER_FAULT',
    });
  };
}

const MAX_TOLD = 100;

function describe(fault: unknown): string {
  try {
    return String(fault).slice(0, 500);
  } catch {
    return 'an error that cannot be read';
  }
}
