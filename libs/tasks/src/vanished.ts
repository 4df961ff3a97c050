/**
 * Jobs that their vendor says it does not know. Once means nothing (the vendor's own replicas lag);
 * three times over a minute or more, seen by this process, means that it has lost the job.
 */
export class Vanished {
  private readonly since = new Map<string, { readonly at: number; readonly times: number }>();

  /** Whether the job counts as lost now. Time in Unix milliseconds. */
  note(attemptId: string, now: number): boolean {
    const known = this.since.get(attemptId) ?? { at: now, times: 0 };
    const times = known.times + 1;
    this.since.set(attemptId, { at: known.at, times });
    return times >= ENOUGH_TIMES && now - known.at >= ENOUGH_MS;
  }

  forget(attemptId: string): void {
    this.since.delete(attemptId);
  }
}

const ENOUGH_TIMES = 3;
const ENOUGH_MS = 60_000;
