import { ArchiveError } from './archive-error.js';

export interface ThroughputRules {
  readonly minBytesPerSecond: number;
  /** How long it may be slower before that counts. */
  readonly windowMs: number;
}

/**
 * Passes bytes on and fails with `stalled` when a whole window was slower than allowed: a drip of a
 * byte a second never falls silent, and would hold a worker for days.
 */
export async function* atLeast(
  rules: ThroughputRules,
  source: AsyncIterable<Buffer>,
  now: () => number,
): AsyncGenerator<Buffer> {
  let since = now();
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    const elapsedMs = now() - since;
    if (elapsedMs >= rules.windowMs) {
      if (bytes / (elapsedMs / 1000) < rules.minBytesPerSecond) {
        throw new ArchiveError(
          'stalled',
          `The output came slower than ${rules.minBytesPerSecond} bytes a second.`,
        );
      }
      since = now();
      bytes = 0;
    }
    yield chunk;
  }
}
