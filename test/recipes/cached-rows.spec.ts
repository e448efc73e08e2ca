import { describe, expect, it } from '@jest/globals';

import { CachedRowsModule, ProductsRepository } from '../../sample/recipes/cached-rows/cached-rows.module.js';
import { ProductsDatabase } from '../../sample/recipes/cached-rows/database.js';
import { cook, times } from './recipe.js';

describe('recipe: cached rows while the database is out', () => {
  it('answers with the rows of the same question while SQLite is locked, for five minutes', async () => {
    const { get, registry, clock } = await cook(CachedRowsModule);
    const products = get(ProductsRepository);
    const database = get(ProductsDatabase);
    const rows = await products.inCategory('kitchen');
    expect(rows).toEqual([
      { name: 'mug', category: 'kitchen' },
      { name: 'teapot', category: 'kitchen' },
    ]);
    const unlock = database.lock();
    await expect(products.inCategory('office')).rejects.toThrow('database is locked');
    await times(2, () => products.inCategory('kitchen'));
    expect(registry.find('products-db')).toBeOpen();
    expect(await products.inCategory('kitchen')).toBe(rows);
    expect(database.asked).toBe(4);
    await expect(products.inCategory('office')).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    await clock.advance(300_001);
    await expect(products.inCategory('kitchen')).rejects.toThrow('database is locked');
    unlock();
  });

  it('asks the database again when it is free', async () => {
    const { get, registry, clock } = await cook(CachedRowsModule);
    const products = get(ProductsRepository);
    const unlock = get(ProductsDatabase).lock();
    await times(3, () => products.inCategory('office'));
    unlock();
    await clock.advance(20_000);
    expect(await products.inCategory('office')).toEqual([{ name: 'lamp', category: 'office' }]);
    await products.inCategory('office');
    expect(registry.find('products-db')).toBeClosed();
  });
});
