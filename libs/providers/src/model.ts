import type { JsonObject } from './json.js';
import type { SubmitSafety } from './submit-safety.js';

/** One entry of the catalog: data, kept in the vendor's folder. */
export interface Model {
  /** Canonical id, with dashes (`qwen-image-2-0`). */
  readonly id: string;
  /** Further names; dots and dashes are alike everywhere and need no alias. */
  readonly aliases: readonly string[];
  readonly kind: 'image' | 'video';
  /** The vendor's own name of the model. */
  readonly vendorModel: string;
  /**
   * JSON Schema 2020-12 of `input`, `additionalProperties: false`; lists just what the model takes.
   * Its `default`s are promises: `prepare` applies them, a validation never does.
   */
  readonly inputSchema: JsonObject;
  /** An `input` that works as it is. */
  readonly example: JsonObject;
  /** For people: what is charged for, e.g. `0.04 USD per image`; null where the price is unknown. */
  readonly priceNote: string | null;
  /** How long the vendor usually takes, seconds: the first check and the pace follow it. */
  readonly typicalSeconds: number;
  /** Longest a submit call may stay open, seconds (vendors that answer with the result need minutes). */
  readonly submitTimeoutSeconds: number;
  /** Where it is another than the vendor's: its submits are of another protocol. */
  readonly submitSafety?: SubmitSafety;
}
