import { type FaultKind, mayHaveRun } from './fault.js';

/** What there is to know when an attempt has failed. */
export interface FailedAttempt {
  readonly kind: FaultKind;
  /** What the upstream asks to wait, milliseconds; null: it does not say. */
  readonly retryAfterMs: number | null;
  /** Of those after the first. */
  readonly retriesLeft: number;
  /** How many attempts were made. */
  readonly attempts: number;
  /** An operator's route says how often and where; else nothing may be asked twice that could be paid twice. */
  readonly isRouted: boolean;
  /** A read: asking again changes nothing. */
  readonly isSafe: boolean;
  /** The same bytes can be sent again. */
  readonly canResend: boolean;
  /** The caller sends again by itself (an SDK that counts its retries). */
  readonly callerRetries: boolean;
  /** The target has another key that does not rest. */
  readonly hasOtherKey: boolean;
  /** There are targets not asked yet; of another model than those asked. */
  readonly hasOther: boolean;
  readonly hasOtherModel: boolean;
}

/** `other-target` is asked at once, as is `other-key` of the same; `same-target` after a while. */
export type NextStep =
  | { readonly kind: 'stop'; readonly why: string }
  | { readonly kind: 'other-target'; readonly needsOtherModel: boolean }
  | { readonly kind: 'other-key' }
  | { readonly kind: 'same-target'; readonly waitMs: number };

/** A caller rather hears of a longer wait than holds a connection for it. */
export const LONGEST_WAIT_MS = 5_000;
const FIRST_WAIT_MS = 250;

/** Pure, but for the draw of a wait. */
export function nextStep(failed: FailedAttempt, random: () => number): NextStep {
  const { kind } = failed;
  const held = reasonToStop(failed);
  if (held !== null) return { kind: 'stop', why: held };
  if (REFUSED_KEY.has(kind) && failed.hasOtherKey) return { kind: 'other-key' };
  if (kind === 'context-length') {
    return failed.hasOtherModel
      ? { kind: 'other-target', needsOtherModel: true }
      : { kind: 'stop', why: 'No target of another model is left.' };
  }
  if (failed.hasOther) return { kind: 'other-target', needsOtherModel: false };
  return sameTarget(failed, random);
}

/** Null: something may follow. */
function reasonToStop(failed: FailedAttempt): string | null {
  const { kind, attempts, retriesLeft, isRouted, isSafe, canResend } = failed;
  if (kind === 'moderated') return 'What policy or a content filter refused is sent nowhere else.';
  // The first target's word on the request is the answer; a fallback's is one on the fallback.
  if (kind === 'refused' && attempts === 1) return 'The upstream does not take this request.';
  if (retriesLeft <= 0) return 'The retry budget is used up.';
  if (!canResend) return 'A body that streamed past cannot be sent again.';
  if (mayHaveRun(kind) && !isRouted && !isSafe) {
    return 'It may have been done, and no route allows to ask twice.';
  }
  return null;
}

function sameTarget(failed: FailedAttempt, random: () => number): NextStep {
  const { kind, retryAfterMs, attempts } = failed;
  const never = NEVER_AGAIN.get(kind);
  if (never !== undefined) return { kind: 'stop', why: never };
  if (failed.callerRetries && !failed.isRouted) {
    return { kind: 'stop', why: 'The caller retries by itself.' };
  }
  if (retryAfterMs !== null && retryAfterMs > LONGEST_WAIT_MS) {
    return { kind: 'stop', why: 'The upstream asks to wait longer than a caller should be held.' };
  }
  const backOff = FIRST_WAIT_MS * 2 ** (attempts - 1) * (0.5 + random() / 2);
  // Who asks for no wait at all, or for one that is over, is not hammered for it.
  const waitMs = Math.max(retryAfterMs ?? 0, Math.min(backOff, LONGEST_WAIT_MS));
  return { kind: 'same-target', waitMs };
}

const REFUSED_KEY: ReadonlySet<FaultKind> = new Set(['rate-limited', 'quota', 'bad-key']);

/** Why the very same target is not asked once more. */
const NEVER_AGAIN: ReadonlyMap<FaultKind, string> = new Map([
  ['silent', 'A silent target is tried once.'],
  ['quota', 'The account has no quota left.'],
  ['bad-key', 'The upstream does not take the key.'],
  ['refused', 'The upstream does not take this request.'],
]);
