import { Inject, Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, Fallback, lastKnownGood } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';
import { openDatabase } from './database.js';
import type { Database, Product } from './database.js';

export const DATABASE = Symbol('database');

@Injectable()
export class ProductsRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly upstreams: Upstreams,
  ) {}

  /** The rows, or those of the same question before: at most five minutes old, of the last 500 questions. */
  @Fallback(lastKnownGood({ maxAge: '5m', maxEntries: 500 }))
  @CircuitBreaker('products-db', { preset: 'database', failureThreshold: 3 })
  async inCategory(category: string): Promise<readonly Product[]> {
    await this.upstreams.ask('database', 'connected'); // stands for the connection, which a story can break
    return this.database.rows(category);
  }
}

@Module({
  providers: [ProductsRepository, Upstreams, { provide: DATABASE, useFactory: openDatabase }],
  exports: [ProductsRepository, DATABASE],
})
export class CachedRowsModule {}
