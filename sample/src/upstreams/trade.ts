import type { UpstreamName } from './mode.js';

/** What an upstream does for a living. */
export interface Trade {
  /** Milliseconds its work takes while it is healthy: from, to. */
  readonly takes: readonly [from: number, to: number];
  readonly method: string;
  /** Its one resource; the last part of the path is what is asked about. */
  readonly path: string;
  answer(subject: string): Readonly<Record<string, unknown>>;
}

const LIST_PRICES: Readonly<Record<string, number>> = { mug: 12, teapot: 38, tray: 24, kettle: 65 };

export const TRADES: Readonly<Record<UpstreamName, Trade>> = {
  payments: {
    takes: [25, 55],
    // PUT, so that a repeated attempt charges nobody twice
    method: 'PUT',
    path: '/charges/',
    answer: (order) => ({ order, status: 'captured' }),
  },
  inventory: {
    takes: [3, 9],
    method: 'GET',
    path: '/stock/',
    answer: (sku) => ({ sku, available: sku in LIST_PRICES ? 10 + Math.floor(Math.random() * 90) : 0 }),
  },
  quotes: {
    takes: [3, 12],
    method: 'GET',
    path: '/quotes/',
    answer: (sku) => ({ sku, price: Math.round((LIST_PRICES[sku] ?? 10) * (95 + Math.random() * 10)) / 100 }),
  },
};
