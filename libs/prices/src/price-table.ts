/** What one price is for. Tokens are priced by the million in the table, by the piece here. */
export type PriceUnit =
  | 'image'
  | 'further-megapixel'
  | 'input-image'
  | 'second'
  | 'video-token'
  | 'character'
  | 'audio-in-second'
  | 'text-in-token'
  | 'text-in-cached-token'
  | 'text-in-cache-write-token'
  | 'text-out-token'
  | 'audio-in-token'
  | 'audio-in-cached-token'
  | 'audio-out-token'
  | 'image-in-token'
  | 'image-in-cached-token'
  | 'image-out-token';

/** What a price depends on: `{resolution: '720p', sound: true}`. */
export type PriceFacts = Readonly<Record<string, string | boolean | undefined>>;

/** One row of a price table. USD, at the vendor's international region. */
export interface Price {
  /** The name that `Model.pricedAs` gives, or an upstream's own name of a text model. */
  readonly model: string;
  readonly unit: PriceUnit;
  readonly usd: number;
  /** For how many units; absent: one. */
  readonly per?: number;
  /** Holds only where all of these do. */
  readonly when?: PriceFacts;
  /** How far the figure can be trusted; the table says what the letters mean. */
  readonly mark: string;
  readonly source: string;
}

/** How much a text model takes and says at most; what is not known is absent. */
export interface ModelLimits {
  readonly model: string;
  /** Tokens of one call that go in. */
  readonly maxInputTokens?: number;
  /** Tokens that one choice of an answer may have where the caller names no maximum. */
  readonly maxOutputTokens?: number;
  readonly mark: string;
  readonly source: string;
}

/** Every price that is in force at once. Replaced as a whole: each one is named by its version for good. */
export interface PriceTable {
  /** Names this table in the ledger; no other has the same. */
  readonly version: string;
  /** A date, or a time in ISO 8601. */
  readonly effectiveFrom: string;
  readonly currency: 'USD';
  /** What the marks of the rows mean. */
  readonly marks: Readonly<Record<string, string>>;
  readonly prices: readonly Price[];
  /** Of text models; bounds what a call that names no maximum may cost. */
  readonly limits: readonly ModelLimits[];
}
