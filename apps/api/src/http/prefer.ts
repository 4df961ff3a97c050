/** The longest that an answer is held back for a task to end. */
export const MAX_WAIT_SECONDS = 60;

/**
 * The seconds of `Prefer: wait=N` (RFC 7240, section 4.3), 60 at most; null when it is not asked for.
 * A preference that makes no sense is ignored, as the RFC wants it.
 */
export function preferredWait(header: string | undefined): number | null {
  for (const preference of (header ?? '').split(',')) {
    const [, seconds] = WAIT.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return null;
}

const WAIT = /^\s*wait\s*=\s*(?:"?)(\d{1,9})(?:"?)\s*(?:;|$)/i;
