/**
 * A vendor refuses an account of ours: its key, its balance, or its access to one model. Nothing is sent
 * under it but one task now and then, to see. Times are Unix milliseconds.
 */
export interface AccountTrouble {
  readonly since: number;
  /** What the vendor answered last; no secret. */
  readonly why: string;
  /** No task is sent before then, and one from then on. */
  readonly probeAt: number;
  /** How long it was left alone before the next look: twice as long each time. */
  readonly waitMs: number;
  /** One task was let through to see. When nothing comes of it, another may try at `probeAt`. */
  readonly probing?: true;
}

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 15 * 60_000;
const PROBE_MS = 60_000;

/** After a refusal. Refusals of what was under way when it was found out change nothing. */
export function afterTrouble(
  trouble: AccountTrouble | null,
  why: string,
  nowMs: number,
): AccountTrouble {
  if (!trouble) return { since: nowMs, why, probeAt: nowMs + FIRST_WAIT_MS, waitMs: FIRST_WAIT_MS };
  if (!mayBeOver(trouble, nowMs)) return trouble;
  const waitMs = Math.min(trouble.waitMs * 2, LONGEST_WAIT_MS);
  return { since: trouble.since, why, probeAt: nowMs + waitMs, waitMs };
}

/** Whether a job that was taken now ends it: one that was sent to see. */
export const mayBeOver = ({ probing, probeAt }: AccountTrouble, nowMs: number): boolean =>
  probing === true || probeAt <= nowMs;

/** Whether no task may be sent, not even one to see. */
export const isSetAside = (trouble: AccountTrouble | undefined, nowMs: number): boolean =>
  trouble !== undefined && trouble.probeAt > nowMs;

/** Lets one task through; until it is known how that went, or for a minute, no other. */
export const probedTrouble = (trouble: AccountTrouble, nowMs: number): AccountTrouble => ({
  ...trouble,
  probeAt: nowMs + PROBE_MS,
  probing: true,
});

/** How long a process may go on believing that an account is well: nobody looks sooner than this. */
export const SOONEST_PROBE_MS = FIRST_WAIT_MS;

/** Names what is in trouble: a whole account, or (`model`) its access to one model. */
export const troubleName = (account: string, model: string | null): string =>
  model === null ? account : `${account}/${model}`;

/** What keeps an account from a model: its own trouble, or that with the model. */
export const troubleNames = (account: string, model: string): readonly [string, string] => [
  troubleName(account, null),
  troubleName(account, model),
];
