/** Seconds to wait after the first failed attempt, the second, and so on; after the last: dead. */
export type RetrySchedule = readonly number[];

export interface NextAttemptInput {
  readonly schedule: RetrySchedule;
  /** At least 1: the attempt that just failed counts. */
  readonly failedAttempts: number;
  readonly now: Date;
  /** From 0 (inclusive) to 1 (exclusive), evenly. */
  readonly random: number;
  /** What the receiver asked for, seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /** The receiver is overloaded: waiting less than `slowDownSeconds` would make it worse. */
  readonly timedOutOr429: boolean;
  readonly slowDownSeconds: number;
}

const JITTER = 0.2;
const RETRY_AFTER_CEILING_SECONDS = 3600;

/**
 * When to try again, or null when the schedule is used up. The wait is the schedule's ±20 %, at
 * least `slowDownSeconds` after a time-out or 429. `Retry-After` counts within [wait, max(2 × wait, 1 h)] and
 * then nothing is sent earlier than asked: a receiver neither shortens the schedule nor stalls it.
 */
export function nextAttemptAt(input: NextAttemptInput): Date | null {
  const { slowDownSeconds } = input;
  const scheduled = input.schedule[input.failedAttempts - 1];
  if (scheduled === undefined) return null;
  const base = input.timedOutOr429 ? Math.max(scheduled, slowDownSeconds) : scheduled;
  const seconds = Math.max(
    scheduled * (1 - JITTER + 2 * JITTER * input.random),
    input.timedOutOr429 ? slowDownSeconds * (1 + JITTER * input.random) : 0,
    input.retryAfterSeconds === undefined ? 0 : asked(input.retryAfterSeconds, base, input.random),
  );
  return new Date(input.now.getTime() + Math.round(seconds * 1000));
}

function asked(retryAfterSeconds: number, base: number, random: number): number {
  const ceiling = Math.max(2 * base, RETRY_AFTER_CEILING_SECONDS);
  const clamped = Math.min(Math.max(retryAfterSeconds, base), ceiling);
  return Math.min(clamped * (1 + JITTER * random), ceiling);
}

const MAX_WAIT_SECONDS = 30 * 86_400;
const MAX_RETRIES = 100;

/**
 * Reads `10,60,300`.
 * @throws Error that says which entry is wrong and what is taken.
 */
export function parseSchedule(text: string): RetrySchedule {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.length > MAX_RETRIES) {
    throw new Error(`${TAKES}; ${entries.length} are given, at most ${MAX_RETRIES} are taken.`);
  }
  return Object.freeze(entries.map(parseWait));
}

const TAKES = `A retry schedule takes seconds from 0 to ${MAX_WAIT_SECONDS}, separated by commas, such as "10,60,300"`;

function parseWait(entry: string, index: number): number {
  const seconds = Number(entry);
  if (!/^\d+(\.\d+)?$/.test(entry) || seconds > MAX_WAIT_SECONDS) {
    throw new Error(`${TAKES}; entry ${index + 1} is "${entry}".`);
  }
  return seconds;
}
