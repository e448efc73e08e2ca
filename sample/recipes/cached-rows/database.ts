import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';

export interface Product {
  readonly name: string;
  readonly category: string;
}

const PRODUCTS: readonly Product[] = [
  { name: 'mug', category: 'kitchen' },
  { name: 'teapot', category: 'kitchen' },
  { name: 'lamp', category: 'office' },
];

/** A real SQLite database in a file: WebAssembly, so it runs wherever Node.js does. */
@Injectable()
export class ProductsDatabase implements OnModuleDestroy {
  private readonly folder = mkdtempSync(join(tmpdir(), 'cached-rows-'));
  private readonly connection = this.connect();
  /** How often it has been asked. */
  asked = 0;

  constructor() {
    this.connection.exec('CREATE TABLE products (name TEXT, category TEXT)');
    for (const { name, category } of PRODUCTS) {
      this.connection.run('INSERT INTO products VALUES (?, ?)', [name, category]);
    }
  }

  /** @throws SQLite3Error "database is locked" while somebody else keeps it to himself */
  inCategory(category: string): readonly Product[] {
    this.asked++;
    const rows = this.connection.all('SELECT name, category FROM products WHERE category = ?', [category]);
    return rows as unknown as readonly Product[];
  }

  /** What a migration or a backup does that takes its time: nobody else can read. Answers how to end it. */
  lock(): () => void {
    const other = this.connect();
    other.exec('BEGIN EXCLUSIVE');
    return () => {
      other.exec('COMMIT');
      other.close();
    };
  }

  onModuleDestroy(): void {
    this.connection.close();
    rmSync(this.folder, { recursive: true });
  }

  private connect(): InstanceType<typeof sqlite.Database> {
    return new sqlite.Database(join(this.folder, 'products.db'));
  }
}
