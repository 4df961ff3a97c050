import type { FinishedAttempt } from '@app/callbacks';
import type { Logger } from '@app/observability';

export interface AttemptRecordsParts {
  /** Writes all of them, or none, but for those that it returns: they are to be brought again. */
  readonly write: (finished: readonly FinishedAttempt[]) => Promise<readonly FinishedAttempt[]>;
  /** They are written, or given up. */
  readonly onGone: (finished: readonly FinishedAttempt[]) => void;
  /** Nothing is tried again after it. */
  readonly shutdown: AbortSignal;
  readonly logger: Logger;
  /** Milliseconds of a clock that only goes on. */
  readonly nowMs: () => number;
  /** Resolves after so many milliseconds, or with the shutdown. */
  readonly rest: (milliseconds: number) => Promise<void>;
}

interface Unwritten {
  readonly finished: FinishedAttempt;
  /** The end of its lease: then another worker makes the attempt anew, and this record would be refused. */
  readonly untilMs: number;
}

const LARGEST_GROUP = 256;
const REST_MS = 250;

/**
 * Finished attempts on their way to Postgres. What ends while a group is being written is written together
 * next. A group that fails is tried again until its leases end, in halves, so that one that cannot be
 * written holds up no other for long.
 */
export class AttemptRecords {
  private readonly unwritten: Unwritten[] = [];
  private groupSize = LARGEST_GROUP;
  private writing: Promise<void> | null = null;

  constructor(private readonly parts: AttemptRecordsParts) {}

  add(finished: FinishedAttempt, untilMs: number): void {
    this.unwritten.push({ finished, untilMs });
    this.writing ??= this.writeAll();
  }

  /** Resolves when nothing is left to be written. */
  async idle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private async writeAll(): Promise<void> {
    await new Promise((resolve) => {
      // Attempts that ended in the same turn of the event loop are written together.
      setImmediate(resolve);
    });
    while (this.unwritten.length > 0) await this.writeGroup();
    this.writing = null;
  }

  private async writeGroup(): Promise<void> {
    const group = this.unwritten.splice(0, this.groupSize);
    const finished = group.map((one) => one.finished);
    try {
      const left = new Set(await this.parts.write(finished));
      this.groupSize = LARGEST_GROUP;
      this.parts.onGone(finished.filter((one) => !left.has(one)));
      this.putBack(group.filter((one) => left.has(one.finished)));
    } catch (err) {
      this.parts.logger.warn({ err, attempts: group.length }, 'callback attempts not recorded yet');
      await this.afterFailure(group);
    }
  }

  private async afterFailure(group: readonly Unwritten[]): Promise<void> {
    this.groupSize = Math.max(1, Math.floor(group.length / 2));
    await this.parts.rest(REST_MS);
    this.putBack(group);
  }

  private putBack(group: readonly Unwritten[]): void {
    const nowMs = this.parts.nowMs();
    const isOver = ({ untilMs }: Unwritten): boolean =>
      this.parts.shutdown.aborted || untilMs <= nowMs;
    // Behind the others: those may be in order.
    this.unwritten.push(...group.filter((one) => !isOver(one)));
    const lost = group.filter(isOver).map((one) => one.finished);
    if (lost.length === 0) return;
    this.parts.logger.error(
      { deliveries: lost.map(({ claimed }) => claimed.id) },
      'callback attempts lost, they are made again',
    );
    this.parts.onGone(lost);
  }
}
