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
  /** Its name in `prices.json`; a name that has no row there is a price that is unknown. */
  readonly pricedAs: string;
  /**
   * Results that the vendor makes in one call, where `n` may ask for more: the rest are further calls,
   * each a job of its own. Absent: `n` goes to the vendor as it is.
   */
  readonly perCall?: number;
  /** The vendor's own host serves it no longer; another base URL may. */
  readonly retired?: { readonly host: string; readonly since: string };
  /** The operator's variable that names it; absent: it is of the catalog that ships. */
  readonly namedBy?: string;
  /** For people: what must be known before it is used (access by application, another host). */
  readonly note?: string;
  /** How long the vendor usually takes, seconds: the first check and the pace follow it. */
  readonly typicalSeconds: number;
  /** Longest a submit call may stay open, seconds (vendors that answer with the result need minutes). */
  readonly submitTimeoutSeconds: number;
  /** Where it is another than the vendor's: its submits are of another protocol. */
  readonly submitSafety?: SubmitSafety;
}
