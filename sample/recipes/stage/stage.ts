import type { INestApplicationContext, Type } from '@nestjs/common';
import type { PolicyRegistry } from 'nest-circuit-breaker';
import type { ManualClock } from 'nest-circuit-breaker/testing';

import type { Upstreams } from './upstreams.js';

/** A started recipe, and what a story does with it. */
export interface Stage {
  readonly app: INestApplicationContext;
  readonly registry: PolicyRegistry;
  readonly clock: ManualClock;
  readonly upstreams: Upstreams;
  /** Prints one line. */
  readonly tell: (line: string) => void;
}

/** What each recipe's `story.ts` exports. */
export interface Recipe {
  /** The point of it, in one line. */
  readonly title: string;
  readonly recipe: Type;
  readonly story: (stage: Stage) => Promise<void>;
}
