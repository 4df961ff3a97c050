/** What usage is summed up by. Hours and days are those of UTC. */
export const USAGE_GROUPS = ['hour', 'day', 'tenant', 'model', 'provider', 'key'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export interface UsageQuery {
  /** Null: everybody's. */
  readonly tenantId: string | null;
  /** A whole hour. */
  readonly from: Date;
  /** A whole hour, exclusive. */
  readonly to: Date;
  /** At least one; rows are in this order. */
  readonly groupBy: readonly UsageGroup[];
  readonly model?: string;
  readonly provider?: string;
  /** How many rows at most. */
  readonly limit: number;
}

/** What was used, and what it came to. Whole numbers, but for `images` and `seconds`. */
export interface Usage {
  readonly tasks: number;
  readonly requests: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Part of `tokensIn`. */
  readonly tokensCached: number;
  /** Part of `tokensOut`. */
  readonly tokensReasoning: number;
  /** Part of the others. */
  readonly tokensAudio: number;
  readonly images: number;
  readonly seconds: number;
  readonly costNanoUsd: bigint;
  /** How many charges rest on our own estimate. */
  readonly estimated: number;
  /** How many charges and losses have no known price; they are in no sum. */
  readonly unpriced: number;
  /** What vendors charged, or may have, for outcomes that never came; the tenant pays nothing for it. */
  readonly lostNanoUsd: bigint;
}

/** Only what was grouped by is there. */
export interface UsageRow extends Usage {
  readonly hour?: Date;
  /** `2026-11-23` */
  readonly day?: string;
  readonly tenant?: string;
  readonly model?: string;
  readonly provider?: string;
  /** Null: no key is known. */
  readonly keyId?: string | null;
  /** Null: none is known, or the key is no more. */
  readonly keyPrefix?: string | null;
}

export interface UsageReport {
  readonly rows: readonly UsageRow[];
  /** Over all rows, those beyond the limit included; of the same moment. */
  readonly total: Usage;
  /** Whether there are more rows than the limit. */
  readonly isCut: boolean;
}

/** What the ledger's roll-ups say. They are written with the ledger itself, so they are never behind it. */
export abstract class UsageStore {
  abstract report(query: UsageQuery): Promise<UsageReport>;
}
