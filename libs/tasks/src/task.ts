import type { TaskErrorCode } from '@app/errors';
import type { JsonObject, MediaSlot, ResultFailure, Usage } from '@app/providers';
import type { TaskStatus } from './states.js';

/** A task as its row holds it. Times are dates; the wire form is made by `presentTask`. */
export interface Task {
  readonly id: string;
  readonly tenantId: string;
  readonly model: string;
  readonly kind: 'image' | 'video';
  readonly provider: string;
  readonly status: TaskStatus;
  /** The fence: whoever changes the task must name the version it read. */
  readonly version: number;
  readonly input: JsonObject;
  /** What `prepare` made of the input: the vendor's request. */
  readonly request: JsonObject;
  /** Pictures and videos that are fetched and put into the request before the submit. */
  readonly media: readonly MediaSlot[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly priority: Priority;
  readonly callback: TaskCallback | null;
  readonly onUnknown: OnUnknown;
  readonly storage: string;
  readonly progress: number;
  /** Failed tries to bring the outputs home. */
  readonly archiveTries: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly deadlineAt: Date;
  readonly error: TaskError | null;
  /** What the vendor says, or would have been; of a success, what its tenant is charged. */
  readonly usage: Usage | null;
  /** The price table that the cost in `usage` is from; null: no cost is known yet. */
  readonly pricedBy: string | null;
  /** Calls to the vendor that brought nothing, and for which it may charge. */
  readonly lostCalls: number;
  /** Place among what waits: creation, less the head start of its priority. */
  readonly sortAt: Date;
  /** Waits for the dispatcher from then on; null: it does not wait. */
  readonly dispatchAt: Date | null;
  /**
   * The vendor's account whose in-flight slot the task holds. The row is the lease: whatever ends the
   * job clears it in the same statement, so a slot cannot leak and the count is always a count of rows.
   */
  readonly account: string | null;
  readonly cancelRequestedAt: Date | null;
  /** The key that made it; null: an operator, or a version before. */
  readonly keyId: string | null;
  /** What the ledger holds for it until its end; null: nothing. Of a task of several calls, for all of them. */
  readonly hold: TaskHold | null;
  /** The failed task that an operator ran again as this one. */
  readonly retryOf: string | null;
  /**
   * How many calls to the vendor make it, each a task of its own (`part`); null: it is one call itself.
   * A task of several is never sent; what becomes of its parts is what becomes of it (`gather.ts`).
   */
  readonly parts: number | null;
  /** Whose call it is; null: nobody's but its own. A part is shown to nobody. */
  readonly part: TaskPart | null;
  /** Results that were asked for and did not come; null: none is missing, or it is not known yet. */
  readonly partial: PartialResult | null;
}

/** Money that is kept back for a task: whole nano-USD, and by which prices. */
export interface TaskHold {
  readonly nanoUsd: number;
  readonly priceVersion: string;
}

/** One call to the vendor for a task that takes several. */
export interface TaskPart {
  readonly parentId: string;
  /** Its place among the calls, from 0. */
  readonly index: number;
  /** How many results it is to bring. */
  readonly results: number;
}

/** What came of the results that were asked for: `requested` is `delivered` and the failures together. */
export interface PartialResult {
  readonly requested: number;
  readonly delivered: number;
  readonly failures: readonly MissingResult[];
}

/** A result that did not come. */
export interface MissingResult extends ResultFailure {
  /** Which of the results, from 0; absent where the vendor does not tell. */
  readonly index?: number;
}

export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What to do when nobody can tell whether the vendor accepted the job. `retry` may pay twice. */
export const ON_UNKNOWN = ['fail', 'retry'] as const;
export type OnUnknown = (typeof ON_UNKNOWN)[number];

export const CALLBACK_WHEN = ['final', 'all'] as const;
export interface TaskCallback {
  readonly url: string;
  readonly when: (typeof CALLBACK_WHEN)[number];
}

export interface TaskError {
  readonly code: TaskErrorCode;
  readonly message: string;
  readonly providerCode: string | null;
  readonly retryable: boolean;
}

/** Why a task failed, and whether its vendor may charge for that all the same. */
export interface Failure extends TaskError {
  readonly mayBeCharged?: true;
}

/** One submit to a vendor; its row is written before the call. */
export interface Attempt {
  readonly id: string;
  readonly taskId: string;
  readonly number: number;
  readonly account: string;
  readonly state: AttemptState;
  /** The process in the call, while it is `submitting`. */
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  readonly handle: JsonObject | null;
  readonly checks: number;
  readonly startedAt: Date;
  readonly submittedAt: Date | null;
  /** By when the job is looked at again at the latest, while it is `submitted` or `seeking`. */
  readonly nextCheckAt: Date | null;
  /** How long the job is looked for, while it is `seeking`. */
  readonly seekUntil: Date | null;
  /** What the vendor's own callback told of a job whose answer was lost. */
  readonly hookHandle: JsonObject | null;
}

/**
 * `submitting`: the call may be under way (while the lease lives). `submitted`: the vendor has it.
 * `seeking`: the answer was lost, and the vendor is asked whether it took the job. These three are
 * open. `done` and `failed` are settled. `unknown`: nobody can tell whether the vendor accepted it.
 */
export type AttemptState = (typeof OPEN_STATES)[number] | 'done' | 'failed' | 'unknown';

export const OPEN_STATES = ['submitting', 'submitted', 'seeking'] as const;

export interface TaskOutput {
  readonly id: string;
  readonly index: number;
  readonly type: 'image' | 'video';
  /** Where the vendor keeps it; null when the vendor sent the bytes themselves. */
  readonly source: { readonly url: string; readonly expiresAt: Date } | null;
  /** Null until the bytes are in the output store. */
  readonly stored: StoredFacts | null;
  readonly expireAt: Date;
}

export interface StoredFacts {
  readonly key: string;
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
}
