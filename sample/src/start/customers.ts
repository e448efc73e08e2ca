import type { Receipt } from '../shop/checkout.controller.js';

/** How one order went. */
export interface Purchase {
  readonly outcome: 'ok' | 'fallback' | 'error';
  readonly took: number;
}

/**
 * A trickle of made-up orders. A breaker that is open stays so until somebody calls: without customers nothing would
 * ever probe whether an upstream has recovered.
 */
export class Customers {
  private timer: NodeJS.Timeout | undefined;
  private orders = 0;

  constructor(
    private readonly shop: string,
    private readonly perSecond: number,
    private readonly onPurchase: (purchase: Purchase) => void,
  ) {}

  start(): void {
    if (this.perSecond > 0) this.timer = setInterval(() => void this.buy(), 1_000 / this.perSecond);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async buy(): Promise<void> {
    const skus = ['mug', 'teapot', 'tray', 'kettle'];
    const sku = skus[(this.orders += 1) % skus.length] ?? 'mug';
    const began = performance.now();
    const outcome = await order(this.shop, sku, 10_000);
    this.onPurchase({ outcome, took: performance.now() - began });
  }
}

/** Buys one thing and tells how it went; never rejects. */
export async function order(shop: string, sku: string, patience: number): Promise<Purchase['outcome']> {
  try {
    const response = await fetch(`${shop}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sku }),
      signal: AbortSignal.timeout(patience),
    });
    const receipt = (await response.json()) as Partial<Receipt>;
    if (!response.ok) return 'error';
    return receipt.fallbacks?.length === 0 ? 'ok' : 'fallback';
  } catch {
    return 'error';
  }
}
