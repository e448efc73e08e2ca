import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { CachedRowsModule, DATABASE, ProductsRepository } from './cached-rows.module.js';
import type { Database } from './database.js';

export const title = 'A database with cached rows while its circuit is open.';
export const recipe = CachedRowsModule;

export async function story({ app, registry, clock, upstreams, tell }: Stage): Promise<void> {
  const products = app.get(ProductsRepository, { strict: false });
  tell(`the database is ${app.get<Database>(DATABASE, { strict: false }).kind}`);
  tell(`kitchen: ${await outcome(products.inCategory('kitchen'))}`);
  upstreams.fail('database', new Error('connection refused'));
  for (let call = 1; call <= 4; call++) await outcome(products.inCategory('kitchen'));
  tell(
    `the connection is gone, the circuit ${registry.find('products-db')?.state}; kitchen: ${await outcome(products.inCategory('kitchen'))}`,
  );
  tell(`office was never asked for: ${await outcome(products.inCategory('office'))}`);
  await clock.advance(5 * 60_000 + 1);
  tell(`after five minutes the rows are too old: ${await outcome(products.inCategory('kitchen'))}`);
}
