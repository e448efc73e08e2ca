import type { Type } from '@nestjs/common';
import { afterEach, expect } from '@jest/globals';
import { circuitBreakerMatchers } from 'nest-circuit-breaker/testing';

import { upstreamsOf } from '../../sample/recipes/stage/upstreams.js';
import type { Upstreams } from '../../sample/recipes/stage/upstreams.js';
import { start } from '../fixtures/application.js';
import type { Started } from '../fixtures/application.js';

/** A recipe that has been started, and its upstreams to break. */
export interface Cooked extends Started {
  readonly upstreams: Upstreams;
  get<T>(type: Type<T>): T;
}

expect.extend(circuitBreakerMatchers);

let running: Started[] = [];

afterEach(async () => {
  const ended = running;
  running = [];
  for (const { module } of ended) await module.close();
});

/** Starts a recipe on a manual clock; it is closed after the test. */
export async function cook(recipe: Type): Promise<Cooked> {
  const started = await start({ imports: [recipe], options: { random: () => 0.5 } });
  running.push(started);
  const get = <T>(type: Type<T>): T => started.module.get(type, { strict: false });
  return { ...started, upstreams: upstreamsOf(started.module), get };
}

/** Makes that many calls, one after the other, and forgets how they ended. */
export async function times(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let made = 0; made < count; made++) await call().catch(() => undefined);
}
