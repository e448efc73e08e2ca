/** The little of a database that the recipe needs. */
export interface Database {
  /** What answers: SQLite, or a stand-in where this Node.js has none. */
  readonly kind: 'SQLite' | 'a list in memory';
  rows(category: string): readonly Product[];
}

export interface Product {
  readonly name: string;
  readonly category: string;
}

const PRODUCTS: readonly Product[] = [
  { name: 'mug', category: 'kitchen' },
  { name: 'teapot', category: 'kitchen' },
  { name: 'lamp', category: 'office' },
];

/** The part of `node:sqlite` that is used here: it comes with Node.js 22.13, and its types with it. */
interface SqliteModule {
  readonly DatabaseSync: new (path: string) => {
    exec(sql: string): void;
    prepare(sql: string): { run(...values: string[]): unknown; all(...values: string[]): unknown[] };
  };
}

/** A real SQLite database in memory, where Node.js has it. */
export function openDatabase(): Database {
  const sqlite = process.getBuiltinModule('node:sqlite') as SqliteModule | undefined;
  if (sqlite === undefined) {
    return { kind: 'a list in memory', rows: (wanted) => PRODUCTS.filter(({ category }) => category === wanted) };
  }
  const database = new sqlite.DatabaseSync(':memory:');
  database.exec('CREATE TABLE products (name TEXT, category TEXT)');
  const insert = database.prepare('INSERT INTO products VALUES (?, ?)');
  for (const { name, category } of PRODUCTS) insert.run(name, category);
  const select = database.prepare('SELECT name, category FROM products WHERE category = ?');
  return { kind: 'SQLite', rows: (category) => select.all(category).map((row) => ({ ...(row as Product) })) };
}
