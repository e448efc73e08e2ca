import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, Fallback, lastKnownGood } from 'nest-circuit-breaker';

import { ProductsDatabase } from './database.js';
import type { Product } from './database.js';

@Injectable()
export class ProductsRepository {
  constructor(private readonly database: ProductsDatabase) {}

  /** The rows, or those of the same question before: at most five minutes old, of the last 500 questions. */
  @Fallback(lastKnownGood({ maxAge: '5m', maxEntries: 500 }))
  @CircuitBreaker('products-db', { preset: 'database', failureThreshold: 3 })
  async inCategory(category: string): Promise<readonly Product[]> {
    return this.database.inCategory(category);
  }
}

@Module({
  providers: [ProductsRepository, ProductsDatabase],
  exports: [ProductsRepository],
})
export class CachedRowsModule {}
