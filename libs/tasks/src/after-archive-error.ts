import type { ArchiveError } from '@app/outputs';
import { taskError } from './after-submit-error.js';
import { backoffMs } from './backoff.js';
import type { Failure, TaskError } from './task.js';

export interface ArchiveSituation {
  /** Failed tries, this one included. */
  readonly tries: number;
  /** When the vendor's first link dies, Unix milliseconds; `Infinity` without links. */
  readonly sourceExpiresAt: number;
  readonly now: number;
  /** What asking the vendor for the result again brought. */
  readonly asked: AskedAnew;
}

/** `fresh`: other links, or the bytes. `unclear`: no answer. `nothing`: the same links, or nobody to ask. */
export type AskedAnew = 'fresh' | 'unclear' | 'nothing';

export type AfterArchive =
  | { readonly next: 'retry'; readonly afterMs: number }
  | { readonly next: 'fail'; readonly error: TaskError };

/**
 * A body that is broken every time is the vendor's; a store that is away gets until the links die. A
 * link that is gone helps no more by itself, but the vendor may have given another one.
 */
export function afterArchiveError(
  error: Pick<ArchiveError, 'reason' | 'retryable' | 'message'>,
  { tries, sourceExpiresAt, now, asked }: ArchiveSituation,
): AfterArchive {
  const ours = error.reason === 'store';
  const afterMs = backoffMs({ attempts: tries, random: 0 });
  const inTime = now + afterMs < sourceExpiresAt || asked === 'unclear';
  const mayHelp = error.retryable || (error.reason === 'gone' && asked !== 'nothing');
  if (mayHelp && inTime && (ours || tries < MAX_TRIES)) return { next: 'retry', afterMs };
  const message = `The result could not be archived after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${error.message}`;
  return { next: 'fail', error: taskError(ours ? 'STORAGE_UNAVAILABLE' : 'TASK_FAILED', message) };
}

/** Bytes that came inside the vendor's answer could not be kept; nobody can be asked for them again for free. */
export function unkeptError({
  reason,
  message,
}: Pick<ArchiveError, 'reason' | 'message'>): Failure {
  const code = reason === 'store' ? 'STORAGE_UNAVAILABLE' : 'TASK_FAILED';
  const error = taskError(code, `The vendor made a result, but it could not be kept: ${message}`);
  return { ...error, mayBeCharged: true };
}

const MAX_TRIES = 5;
