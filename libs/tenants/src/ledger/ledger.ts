/**
 * One transfer of the double-entry ledger; each kind debits one account of the tenant and credits
 * another, so every tenant's accounts sum to 0 by construction:
 *
 * - `hold`: available → held, before a vendor or an upstream is asked
 * - `release`: held → available, the whole hold, when the outcome is known
 * - `charge`: available → spent, what it came to; beside the `release` where there was a hold
 * - `lost`: operator → lost: what a vendor charged, or may have, for an outcome that never came; the
 *   tenant pays nothing
 */
export type TransferKind = 'hold' | 'release' | 'charge' | 'lost';

/** Where a figure is from: the vendor's or upstream's own report, our estimate, or nowhere. */
export type UsageSource = 'provider' | 'estimated' | 'none';

/** What a charge was for. Whole numbers; null is not known, never 0 for it. */
export interface ChargedUsage {
  readonly source: UsageSource;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Part of `tokensIn`. */
  readonly tokensCached: number | null;
  /** Part of `tokensOut`. */
  readonly tokensReasoning: number | null;
  /** Audio in and out, part of the others. */
  readonly tokensAudio: number | null;
  /** Of tasks: how many images or seconds; null elsewhere. */
  readonly unit: string | null;
  readonly quantity: number | null;
}

/** Nothing is known of what was used. */
export const NO_USAGE: ChargedUsage = {
  source: 'none',
  tokensIn: null,
  tokensOut: null,
  tokensCached: null,
  tokensReasoning: null,
  tokensAudio: null,
  unit: null,
  quantity: null,
};

/** One row, written once and never changed: (`subject`, `kind`) is unique, so writing it again does nothing. */
export interface Transfer {
  /** The task (`tk-…`) or request (`req_…`) it is about. */
  readonly subject: string;
  readonly kind: TransferKind;
  readonly tenantId: string;
  readonly keyId: string | null;
  /** As asked for and as priced. */
  readonly model: string;
  readonly provider: string;
  /** Whole, at least 0. Null on a charge or a loss: the price is unknown, which is not 0. */
  readonly amountNanoUsd: number | null;
  readonly priceVersion: string | null;
  /** Milliseconds; decides on which day and in which month it counts. */
  readonly at: Date;
  /** On charges and losses. Roll-ups count what charges were for alone. */
  readonly usage: ChargedUsage | null;
  /** On a request's hold: the process that answers it. Once that is dead, the hold is settled at its amount. */
  readonly owner: string | null;
}
