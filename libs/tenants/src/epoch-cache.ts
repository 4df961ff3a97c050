import { BoundedCache } from './bounded-cache.js';

export interface EpochSource<Value> {
  /** Changes whenever a value that was found before may not be found any more. */
  epoch(): Promise<string>;
  find(digest: Buffer): Promise<Value | null>;
}

/** With the source away, what was found before is trusted this long after the last look at the epoch. */
const MAX_TRUST_MS = 600_000;

/**
 * Who holds which credential, remembered by its full digest for as long as the epoch stands still.
 * What was not found is not remembered: a new credential works at once.
 */
export class EpochCache<Value> {
  private readonly cache: BoundedCache<Value>;
  private epoch: string | null = null;
  private epochReadAtMs = -Infinity;
  /** Grows with each `forget()`: an answer that was asked for before it is not remembered. */
  private generation = 0;

  constructor(
    private readonly source: EpochSource<Value>,
    private readonly now: () => Date,
    maxEntries: number,
  ) {
    this.cache = new BoundedCache(maxEntries);
  }

  /** @throws what the source throws when it is needed */
  async get(digest: Buffer): Promise<Value | null> {
    const name = digest.toString('base64');
    const isTrusted = this.now().getTime() - this.epochReadAtMs < MAX_TRUST_MS;
    const known = isTrusted ? this.cache.get(name) : undefined;
    if (known !== undefined) return known;
    const asked = this.generation;
    const found = await this.source.find(digest);
    if (found !== null && asked === this.generation) this.cache.set(name, found);
    return found;
  }

  /** Reads the epoch, once a second, and forgets everything when it moved. @throws what the source throws */
  async runOnce(): Promise<void> {
    const askedAtMs = this.now().getTime();
    const epoch = await this.source.epoch();
    if (epoch !== this.epoch) this.forget();
    this.epoch = epoch;
    this.epochReadAtMs = askedAtMs;
  }

  /** For the process that revoked: it must not wait for the next `runOnce()`. */
  forget(): void {
    this.generation += 1;
    this.cache.clear();
  }
}
