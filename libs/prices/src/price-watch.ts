import { usePrices } from './price-book.js';
import type { PriceStore } from './price.store.js';
import { shippedPrices } from './shipped-prices.js';

/**
 * Keeps this process at the table that operators have put last: whoever owns the process calls
 * `runOnce()` each second. One small read; the table itself is read when its version is another one.
 * With the store away the table in force stays.
 */
export class PriceWatch {
  private version: string | null = null;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly store: PriceStore) {}

  /** @throws what the store throws; nothing has changed then */
  async runOnce(): Promise<void> {
    // One after the other, so that a look that began earlier never puts an older table back.
    const look = this.looking.then(async () => await this.look());
    this.looking = look.catch(() => undefined);
    await look;
  }

  private async look(): Promise<void> {
    const version = await this.store.currentVersion();
    if (version === this.version) return;
    const table = version === null ? shippedPrices : await this.store.find(version);
    if (!table) return;
    usePrices(table);
    this.version = version;
  }
}
