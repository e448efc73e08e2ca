import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';

import type { PolicyRegistry } from '../engine/index.js';
import type { EventLogger } from './event-logger.js';
import type { PolicyExplorer } from './explorer.js';

/** Ends what waits when the application goes down, and gives calls under way their time. */
export class Shutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly registry: PolicyRegistry,
    private readonly explorer: PolicyExplorer,
    private readonly logger: EventLogger,
    /** In ms. */
    private readonly patience: number,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.registry.drain(this.patience);
  }

  onApplicationShutdown(): void {
    this.explorer.stop();
    this.logger.stop();
  }
}
