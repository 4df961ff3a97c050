import type { Limiter } from '../limits/limiter.js';
import type { LedgerStore } from './ledger.store.js';
import type { Transfer } from './ledger.js';

/** What one call tells the ledger at once; a row of the buffer between calls and ledger. */
export interface LedgerEntry {
  readonly transfers: readonly Transfer[];
  /** The reservation whose money is known to the ledger with these; null: none was made. */
  readonly confirm: { readonly id: string; readonly scopes: readonly string[] } | null;
}

/** Takes entries; never waits, never throws. */
export interface LedgerSink {
  add(entry: LedgerEntry): void;
}

export interface LedgerWriterParts {
  readonly ledger: LedgerStore;
  readonly limiter: Pick<Limiter, 'confirm'>;
  /** Limits were not told; what they hold for it is found by the reaper. */
  readonly onUnconfirmed: (error: unknown) => void;
}

/**
 * Writes a batch of entries, then tells the limits what the ledger has. Again is the same as once.
 * @throws what the ledger throws; the whole batch is to come again then
 */
export async function writeEntries(
  { ledger, limiter, onUnconfirmed }: LedgerWriterParts,
  entries: readonly LedgerEntry[],
): Promise<void> {
  await ledger.write(entries.flatMap(({ transfers }) => transfers));
  const confirms = entries.flatMap(({ confirm }) => (confirm ? [confirm] : []));
  if (confirms.length === 0) return;
  const ids = [...new Set(confirms.map(({ id }) => id))];
  const balances = await ledger.balances([...new Set(confirms.flatMap(({ scopes }) => scopes))]);
  await limiter.confirm(ids, balances).catch(onUnconfirmed);
}
