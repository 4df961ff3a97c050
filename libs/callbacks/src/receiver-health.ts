import { afterFault, afterOk, type Breaker, isClean } from '@app/outbound';
import type { AttemptErrorClass } from './delivery.js';
import type { Outcome } from './delivery-queue.js';
import { NEW_RECEIVER, type ReceiverBreaker, type ReceiverHealth } from './receiver.js';
import type { ReceiverLimits } from './receiver-limits.js';

export interface Lesson {
  /** In the order in which the attempts ended. */
  readonly outcomes: readonly Outcome[];
  readonly now: Date;
  readonly limits: ReceiverLimits;
}

/** Fewer failures are no proof, however long ago the first was. */
const FAILURES_TO_DISABLE = 10;
const SHORTEST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 60;

/**
 * A receiver's health after attempts to it. Attempts at once are halved by what is slow and by 429,
 * once for all that ended together, and grow by about one for each round of answers. The breaker counts
 * faults of the host, not of one URL. `Retry-After` pauses it for a minute at most.
 */
export function learn(
  stored: Partial<ReceiverHealth>,
  { outcomes, now, limits }: Lesson,
): ReceiverHealth {
  const nowMs = now.getTime();
  const health = outcomes.reduce((before, outcome) => afterOne(before, outcome, nowMs), {
    ...readHealth(stored),
    atOnce: atOnceAfter(stored, outcomes, limits),
  });
  return { ...health, disabledAt: disabledAt(health, limits, nowMs) };
}

/**
 * Health as a row has it: what an older version, or nobody yet, wrote lacks fields, and what is no time
 * or number at all must not stop the turn of a worker, with the other receivers in it.
 */
export function readHealth(stored: Partial<ReceiverHealth>): ReceiverHealth {
  const time = (value: unknown): number | null => numberOr(value, null);
  return {
    ...stored,
    atOnce: numberOr(stored.atOnce, NEW_RECEIVER.atOnce),
    tokens: Math.max(0, numberOr(stored.tokens, NEW_RECEIVER.tokens)),
    tokensAt: numberOr(stored.tokensAt, NEW_RECEIVER.tokensAt),
    pausedUntil: time(stored.pausedUntil),
    breaker: readBreaker(stored.breaker),
    failingSince: time(stored.failingSince),
    failures: numberOr(stored.failures, 0),
    lastSuccessAt: time(stored.lastSuccessAt),
    lastFailureAt: time(stored.lastFailureAt),
    disabledAt: time(stored.disabledAt),
  };
}

function readBreaker(stored: Partial<ReceiverBreaker> | null | undefined): ReceiverBreaker | null {
  if (typeof stored !== 'object' || stored === null) return null;
  return {
    ...stored,
    failures: numberOr(stored.failures, 0),
    openUntil: numberOr(stored.openUntil, null),
    opened: numberOr(stored.opened, 0),
  };
}

/** What a `Date` can hold. */
const MOST_MS = 8.64e15;

const numberOr = <Otherwise>(value: unknown, otherwise: Otherwise): number | Otherwise =>
  typeof value === 'number' && Math.abs(value) <= MOST_MS ? value : otherwise;

/** How many attempts at once it may have now; the operator's maximum may have been lowered since. */
export function atOnceNow(
  health: Partial<ReceiverHealth>,
  limits: Pick<ReceiverLimits, 'atOnce'>,
): number {
  return Math.max(1, Math.floor(Math.min(readHealth(health).atOnce, limits.atOnce)));
}

function atOnceAfter(
  stored: Partial<ReceiverHealth>,
  outcomes: readonly Outcome[],
  limits: ReceiverLimits,
): number {
  const atOnce = Math.max(1, Math.min(readHealth(stored).atOnce, limits.atOnce));
  if (outcomes.some(({ errorClass }) => MEANING[errorClass ?? 'ok'].isSlow)) {
    return Math.max(1, atOnce / 2);
  }
  const answers = outcomes.filter(({ errorClass }) => MEANING[errorClass ?? 'ok'].host === 'ok');
  return answers.reduce((grown) => Math.min(limits.atOnce, grown + 1 / grown), atOnce);
}

function afterOne(health: ReceiverHealth, outcome: Outcome, nowMs: number): ReceiverHealth {
  const { errorClass } = outcome;
  const breaker = breakerAfter(health.breaker, MEANING[errorClass ?? 'ok'].host, nowMs);
  if (errorClass === 'interrupted') return { ...health, breaker };
  if (errorClass === null) {
    return { ...health, breaker, failingSince: null, failures: 0, lastSuccessAt: nowMs };
  }
  return {
    ...health,
    breaker,
    pausedUntil: pausedUntil(health.pausedUntil, outcome, nowMs),
    failingSince: health.failingSince ?? nowMs,
    failures: health.failures + 1,
    lastFailureAt: nowMs,
  };
}

/** A receiver that is in order, or that nobody has heard of, has none: rows stay small. */
function breakerAfter(
  breaker: ReceiverBreaker | null,
  host: HostSign,
  nowMs: number,
): ReceiverBreaker | null {
  const after = HOST_SIGNS[host](breaker, nowMs);
  return isClean(after) ? null : after;
}

function pausedUntil(
  before: number | null,
  { errorClass, retryAfterSeconds }: Outcome,
  nowMs: number,
): number | null {
  const mayAsk = errorClass === 'throttled' || errorClass === 'server-error';
  if (!mayAsk || retryAfterSeconds === undefined) return before;
  const seconds = Math.min(
    Math.max(retryAfterSeconds, SHORTEST_PAUSE_SECONDS),
    LONGEST_PAUSE_SECONDS,
  );
  return Math.max(before ?? 0, nowMs + seconds * 1000);
}

function disabledAt(
  { disabledAt: before, failingSince, failures }: ReceiverHealth,
  { disableAfterHours }: ReceiverLimits,
  nowMs: number,
): number | null {
  if (before !== null || disableAfterHours === null || failingSince === null) return before;
  const isOver = nowMs - failingSince >= disableAfterHours * 3_600_000;
  return isOver && failures >= FAILURES_TO_DISABLE ? nowMs : null;
}

/** What an attempt says of the host: it answers, it is at fault, or nothing. */
type HostSign = 'ok' | 'fault' | 'nothing';

const HOST_SIGNS: Readonly<
  Record<HostSign, (breaker: Breaker | null, nowMs: number) => Breaker | null>
> = {
  ok: afterOk,
  fault: afterFault,
  /** A probe that tells nothing makes room for the next one at once. */
  nothing: (breaker, nowMs) => {
    if (breaker?.probing !== true) return breaker;
    const { failures, opened } = breaker;
    return { failures, opened, openUntil: nowMs };
  },
};

interface Meaning {
  readonly host: HostSign;
  /** It holds a slot for long, or asks for less. */
  readonly isSlow: boolean;
}

const ANSWERS: Meaning = { host: 'ok', isSlow: false };
const FAULT: Meaning = { host: 'fault', isSlow: false };
const SLOW_FAULT: Meaning = { host: 'fault', isSlow: true };
const SAYS_NOTHING: Meaning = { host: 'nothing', isSlow: false };

/** `blocked`, `closed` and `filtered` are one here as everywhere that a tenant can see the outcome. */
const MEANING: Readonly<Record<AttemptErrorClass | 'ok', Meaning>> = {
  ok: ANSWERS,
  redirect: ANSWERS,
  gone: ANSWERS,
  misconfigured: ANSWERS,
  'client-error': ANSWERS,
  'too-large': ANSWERS,
  throttled: { host: 'ok', isSlow: true },
  'server-error': FAULT,
  unresolved: FAULT,
  tls: FAULT,
  reset: FAULT,
  timeout: SLOW_FAULT,
  blocked: SLOW_FAULT,
  closed: SLOW_FAULT,
  filtered: SLOW_FAULT,
  'refused-url': SAYS_NOTHING,
  interrupted: SAYS_NOTHING,
};
