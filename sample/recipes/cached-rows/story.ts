import { outcome } from '../stage/outcome.js';
import type { Stage } from '../stage/stage.js';
import { CachedRowsModule, ProductsRepository } from './cached-rows.module.js';
import { ProductsDatabase } from './database.js';

export const title = 'A database with cached rows while its circuit is open.';
export const recipe = CachedRowsModule;

export async function story({ app, registry, clock, tell }: Stage): Promise<void> {
  const products = app.get(ProductsRepository, { strict: false });
  const database = app.get(ProductsDatabase, { strict: false });
  const state = (): string | undefined => registry.find('products-db')?.state;
  tell(`SQLite: kitchen: ${await outcome(products.inCategory('kitchen'))}`);
  const unlock = database.lock();
  tell(
    `a migration has locked it; office, which nobody asked for yet: ${await outcome(products.inCategory('office'))}`,
  );
  for (let call = 2; call <= 3; call++) await outcome(products.inCategory('kitchen'));
  tell(`the circuit is ${state()}; kitchen: ${await outcome(products.inCategory('kitchen'))}`);
  await clock.advance(5 * 60_000 + 1);
  tell(`after five minutes the rows are too old: ${await outcome(products.inCategory('kitchen'))}`);
  unlock();
  await clock.advance(20_000);
  for (let probe = 1; probe <= 2; probe++) await outcome(products.inCategory('kitchen'));
  tell(`the migration is done, two probes later the circuit is ${state()}; asked ${database.asked} times in all`);
}
