import { Body, ConflictException, Controller, Get, NotFoundException, Post } from '@nestjs/common';

import { CATALOGUE, PRODUCTS } from './catalogue.js';
import { InventoryClient } from './inventory-client.js';
import { PaymentsClient } from './payments-client.js';
import { QuotesClient } from './quotes-client.js';

/** What a customer gets to read. */
export interface Receipt {
  readonly order: string;
  readonly sku: string;
  readonly price: number;
  readonly payment: string;
  /** Which parts of the answer a fallback gave. */
  readonly fallbacks: readonly string[];
  readonly tookMs: number;
}

@Controller()
export class CheckoutController {
  private lastOrder = 1000;

  constructor(
    private readonly inventory: InventoryClient,
    private readonly quotes: QuotesClient,
    private readonly payments: PaymentsClient,
  ) {}

  @Get()
  shelf(): object {
    return { products: CATALOGUE, buy: 'POST /checkout with sku=mug', health: 'GET /health' };
  }

  @Post('checkout')
  async buy(@Body('sku') sku: string = 'mug'): Promise<Receipt> {
    const began = performance.now();
    if (!PRODUCTS.includes(sku))
      throw new NotFoundException(`There is no such thing here. There are: ${PRODUCTS.join(', ')}.`);
    const order = `A-${(this.lastOrder += 1)}`;
    const [stock, quote] = await Promise.all([this.inventory.stock(sku), this.quotes.quote(sku)]);
    if (stock.available < 1) throw new ConflictException(`No ${sku} is left.`);
    const charge = await this.payments.charge(order, quote.price);
    const fallbacks = [
      ...(stock.assumed === true ? ['inventory'] : []),
      ...(quote.stale === true ? ['quotes'] : []),
      ...(charge.status === 'deferred' ? ['payments'] : []),
    ];
    const tookMs = Math.round((performance.now() - began) * 10) / 10;
    return { order, sku, price: quote.price, payment: charge.status, fallbacks, tookMs };
  }
}
