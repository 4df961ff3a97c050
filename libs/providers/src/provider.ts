import type { TaskErrorCode } from '@app/errors';
import type { AxiosInstance } from 'axios';
import type { JsonObject } from './json.js';
import type { Model } from './model.js';
import type { SubmitSafety } from './submit-safety.js';

export type { Json, JsonObject } from './json.js';
export type { SubmitSafety } from './submit-safety.js';

/**
 * One vendor. An adapter translates and speaks HTTP; it never polls, sleeps, retries, reads the
 * environment or touches a table. It never uses a vendor's SDK, because those re-send paid requests.
 */
export interface Provider {
  /** Lower-case name, as shown in `data.provider` and in the path of vendor callbacks. */
  readonly id: string;
  /** How a person calls the vendor, for the start-up table and the catalog. */
  readonly title: string;
  readonly models: readonly Model[];
  /** Pure. Models that the operator names by variables; joins `models`. @throws Error naming the variable */
  configuredModels?(variables: { text(name: string): string | undefined }): readonly Model[];
  readonly environment: ProviderEnvironment;
  /**
   * What can be found out after a submit whose answer was lost. The vendor's page that says so is in
   * the folder's SOURCE.md. A model may say otherwise (`submitSafetyOf`).
   */
  readonly submitSafety: SubmitSafety;
  /** What the vendor allows one account, by its own pages; the operator's variables may say otherwise. */
  readonly limits: AccountLimits;

  /**
   * Pure. Translates the unified input, already valid against the model's schema, into the vendor's
   * request; it runs in the API, so what the vendor cannot express is the caller's 400.
   */
  prepare(input: JsonObject, model: Model): Prepared;

  /** Sends the paid request, once. @throws ProviderError */
  submit(request: JsonObject, context: SubmitContext): Promise<Submitted>;

  /**
   * Asks how a submitted job is. Absent: the vendor answers a submit with the result itself.
   * An unknown status string is `running`: never map the unknown to a failure.
   * @throws ProviderError
   */
  check?(handle: JsonObject, context: ProviderContext): Promise<Checked>;

  /**
   * Asks the vendor to stop a job; its presence is the capability. `stopped`: it will not finish and
   * says so at the next check. `too-late`: it goes on. @throws ProviderError
   */
  cancel?(handle: JsonObject, context: ProviderContext): Promise<'stopped' | 'too-late'>;

  /**
   * After a submit whose answer was lost, where `submitSafety` is `findable`: whether the vendor has
   * the job. `absent` only when it certainly does not. Looking again may tell more. @throws ProviderError
   */
  recover?(lost: LostSubmit, context: ProviderContext): Promise<Recovered>;

  /**
   * Asks for something free that only a good key is told; resolves when the key is taken. Absent: the
   * vendor has nothing free to ask. @throws ProviderError
   */
  probe?(context: ProviderContext): Promise<void>;

  /**
   * Pure. What a vendor's own callback (`POST /hooks/{provider}/{attemptId}/{mac}`) tells about the
   * job: the handle to check it by, or null. Always a hint: `check` decides.
   */
  readHook?(body: unknown): JsonObject | null;
}

export interface AccountLimits {
  /** Jobs at the vendor at once. */
  readonly inFlight: number;
  readonly submitsPerSecond: number;
  /** Checks of jobs. */
  readonly checksPerSecond: number;
}

export interface LostSubmit {
  readonly attemptId: string;
  readonly request: JsonObject;
  readonly vendorModel: string;
  /** When the submit was sent, Unix milliseconds. */
  readonly startedAt: number;
  /** Those of these job ids that are known to be another attempt's. */
  readonly owned: (vendorIds: readonly string[]) => Promise<readonly string[]>;
  /**
   * Other submits of that model without an answer so far: a job that is nobody's yet may be theirs. Ask
   * after the vendor's list was read and before `owned`, or one that is answered in between is missed.
   */
  readonly rivals: () => Promise<readonly RivalSubmit[]>;
}

export interface RivalSubmit {
  readonly request: JsonObject;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

export type Recovered =
  | { readonly found: 'job'; readonly handle: JsonObject; readonly vendorId: string }
  | { readonly found: 'absent' }
  | { readonly found: 'unclear' };

export type Prepared =
  | {
      readonly ok: true;
      readonly request: JsonObject;
      readonly estimate: Usage;
      /** Absent: the request is complete as it is. */
      readonly media?: readonly MediaSlot[];
    }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/**
 * A picture or video of the input that the worker fetches before the submit and writes into the request.
 */
export interface MediaSlot {
  /** Where in the request it goes: JSON Pointer (RFC 6901); the place holds null until then. */
  readonly at: string;
  /** Field of the input it came from, for messages (`input.image_urls.0`). */
  readonly field: string;
  /** What the input said: an http(s) URL, or `input:<id>` of a kept upload or data URL. */
  readonly source: string;
  readonly kind: MediaKind;
  /**
   * How the vendor takes it: bare base64, a data URL, or a URL that it fetches itself (the caller's own;
   * the gateway's signed link of what was uploaded). It is fetched and judged here first in any case.
   */
  readonly as: 'base64' | 'data-url' | 'url';
  /** Where the vendor wants the type too (`image/png`): JSON Pointer. */
  readonly mimeAt?: string;
  readonly maxBytes: number;
  /** Types that the vendor takes (`image/png`); absent: every type of the kind that is recognised. */
  readonly accepts?: readonly string[];
  /** What the vendor takes of a picture's measures. */
  readonly pixels?: MediaPixels;
}

export type MediaKind = 'image' | 'video' | 'audio';

/** Each bound is inclusive; absent: no bound. */
export interface MediaPixels {
  readonly minEdge?: number;
  readonly maxEdge?: number;
  /** Longest edge divided by the shortest. */
  readonly maxRatio?: number;
}

/** One thing wrong with an input; `path` starts at the body (`input.aspect_ratio`). */
export interface InputIssue {
  readonly path: string;
  /** What was wrong, with what, and what is taken instead. */
  readonly message: string;
}

export type Submitted =
  { readonly state: 'accepted'; readonly handle: JsonObject; readonly vendorId: string } | Done;

export type Checked =
  | {
      readonly state: 'running';
      /** 0–100, when the vendor tells. */
      readonly progress?: number;
      readonly retryAfterMs?: number;
    }
  | Done
  | {
      readonly state: 'failed';
      readonly code: TaskErrorCode;
      readonly message: string;
      readonly providerCode?: string;
      readonly retryable: boolean;
      /** The vendor made something that cannot be had, or lost the job: it may charge for it. */
      readonly mayBeCharged?: true;
    };

export interface Done {
  readonly state: 'done';
  /** At least one; what the vendor withheld or could not make is in `failures`. */
  readonly outputs: readonly [VendorOutput, ...VendorOutput[]];
  readonly usage: Usage;
  /** Results that were asked for and did not come. */
  readonly failures?: readonly ResultFailure[];
}

/** One result of several that came to nothing; the vendor does not bill it. */
export interface ResultFailure {
  /** `TASK_FAILED` or `CONTENT_REJECTED`. */
  readonly code: TaskErrorCode;
  readonly message: string;
  readonly providerCode?: string;
}

/** A vendor's result: a URL to fetch (untrusted input) or the bytes themselves. */
export type VendorOutput =
  | {
      readonly from: 'url';
      readonly url: string;
      /** When the vendor's link dies, Unix milliseconds. */
      readonly expiresAt: number;
    }
  | { readonly from: 'bytes'; readonly bytes: Buffer };

/** What was used and what it costs. Money is integer nano-USD; `null` means the price is unknown. */
export interface Usage {
  readonly unit: 'image' | 'second' | 'token';
  readonly quantity: number;
  readonly costNanoUsd: number | null;
  /** The figures are what was asked for, because the vendor reports none. */
  readonly isEstimated?: true;
}

export interface ProviderContext {
  /**
   * Speaks through the guarded door: no redirects, no retries, any status resolves. A URL that is not
   * below `baseUrl` came out of a vendor's answer, and the door must judge it as such.
   */
  readonly http: AxiosInstance;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** The account's key or token, fetched when needed; never logged, never stored. */
  readonly credential: () => Promise<string>;
  /** Values of `environment.settings`, by name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface SubmitContext extends ProviderContext {
  /** Names this submit: an idempotency key or a client reference, where the vendor takes one. */
  readonly attemptId: string;
  /** Where the vendor may call back about this submit; null: nobody outside can reach the gateway. */
  readonly hookUrl: string | null;
}

/**
 * How a vendor is configured: names of environment variables, read by the config lib alone. A vendor
 * is configured when its key and every setting without a default are present.
 */
export interface ProviderEnvironment {
  /** Variable of the key; its value may be several keys, comma separated: a pool. */
  readonly credential: string;
  /** Without a default it must be set as well: there is no host of the vendor's own. */
  readonly baseUrl: { readonly variable: string; readonly default?: string };
  readonly settings?: readonly ProviderSetting[];
  /** Begins the names of the variables that change `limits`: `BFL` → `BFL_MAX_IN_FLIGHT`, `BFL_SUBMITS_PER_SECOND`, `BFL_CHECKS_PER_SECOND`. */
  readonly prefix: string;
  /**
   * Makes short-lived credentials out of a long-lived one (a service account's file); used when
   * `credential` is absent. `variable` holds its input.
   */
  readonly exchange?: {
    readonly variable: string;
    readonly credential: (value: string) => () => Promise<string>;
  };
}

export interface ProviderSetting {
  /** The name under which `context.settings` holds the value; `{name}` in the base URL is replaced. */
  readonly name: string;
  readonly variable: string;
  readonly default?: string;
}
