import { describe, expect, it } from '@jest/globals';

import { CachedRowsModule, ProductsRepository } from '../../sample/recipes/cached-rows/cached-rows.module.js';
import { openDatabase } from '../../sample/recipes/cached-rows/database.js';
import { cook, times } from './recipe.js';

describe('recipe: cached rows while the database is out', () => {
  it('answers with the rows of the same question, for five minutes', async () => {
    const { get, registry, clock, upstreams } = await cook(CachedRowsModule);
    const products = get(ProductsRepository);
    const rows = await products.inCategory('kitchen');
    expect(rows.map(({ name }) => name)).toEqual(['mug', 'teapot']);
    upstreams.fail('database');
    await times(3, () => products.inCategory('kitchen'));
    expect(registry.find('products-db')?.state).toBe('open');
    expect(await products.inCategory('kitchen')).toBe(rows);
    expect(upstreams.calls('database')).toBe(4);
    await expect(products.inCategory('office')).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    await clock.advance(300_001);
    await expect(products.inCategory('kitchen')).rejects.toThrow('database is down');
  });

  it('asks a real SQLite where Node.js has one, and says what it asks', () => {
    const hasSqlite = process.getBuiltinModule('node:sqlite') !== undefined;
    const database = openDatabase();
    expect(database.kind).toBe(hasSqlite ? 'SQLite' : 'a list in memory');
    expect(database.rows('office')).toEqual([{ name: 'lamp', category: 'office' }]);
  });
});
