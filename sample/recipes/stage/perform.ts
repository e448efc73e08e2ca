import { NestFactory } from '@nestjs/core';
import { CircuitBreakerModule, PolicyRegistry } from 'nest-circuit-breaker';
import { ManualClock } from 'nest-circuit-breaker/testing';

import type { Recipe } from './stage.js';
import { upstreamsOf } from './upstreams.js';

/** Starts a recipe on a clock that stands still until its story moves it, and tells the story. */
export async function perform({ recipe, story }: Recipe, tell: (line: string) => void): Promise<void> {
  const clock = new ManualClock();
  // random: the stories are the same each time
  const root = CircuitBreakerModule.forRoot({ clock, random: () => 0.5, logger: false });
  const app = await NestFactory.createApplicationContext({ module: Play, imports: [root, recipe] }, { logger: false });
  try {
    await story({ app, registry: app.get(PolicyRegistry), clock, upstreams: upstreamsOf(app), tell });
  } finally {
    await app.close();
  }
}

/** The root module of a story. */
class Play {}
