import { type CheckOutcome, noteOf } from './check-note.js';
import type { DueChecks } from './due-checks.js';
import { JobLook, type Looked } from './job-look.js';
import { JobSearch } from './job-search.js';
import type { LostSubmits } from './lost-submits.js';
import type { OutputIntake } from './output-intake.js';
import type { StepTools } from './step-tools.js';
import { isFinal } from './states.js';
import type { OpenAttempt } from './task.store.js';

export interface CheckParts {
  readonly intake: OutputIntake;
  readonly lost: LostSubmits;
  readonly due: DueChecks;
}

/**
 * Looks at vendors' jobs that are due and records what changed. Looking twice is harmless.
 */
export class CheckStep {
  private readonly jobs: JobLook;
  private readonly search: JobSearch;

  constructor(
    private readonly tools: StepTools,
    private readonly parts: CheckParts,
  ) {
    this.jobs = new JobLook(tools, parts.intake);
    this.search = new JobSearch(tools, parts.lost);
  }

  async run(attemptIds: readonly string[], shutdown: AbortSignal): Promise<void> {
    await this.lookAtAll(await this.load(attemptIds), shutdown);
  }

  /** Those of these attempts whose jobs may still run; the others are not due any more. */
  async load(attemptIds: readonly string[]): Promise<readonly OpenAttempt[]> {
    const open = await this.tools.store.findInFlight(attemptIds);
    const found = new Set(open.map(({ attempt }) => attempt.id));
    const gone = attemptIds.filter((id) => !found.has(id));
    if (gone.length > 0) await this.parts.due.forget(gone);
    return open;
  }

  /** Resolves when every one of these jobs has been looked at and scheduled. */
  async lookAtAll(jobs: readonly OpenAttempt[], shutdown: AbortSignal): Promise<void> {
    const outcomes: CheckOutcome[] = [];
    const waiting = jobs.values();
    const work = async (): Promise<void> => {
      for (const open of waiting) {
        const looked = await this.lookSafely(open, shutdown);
        // Without an outcome the claim lapses, and somebody looks again then.
        if (looked) outcomes.push({ open, looked });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await this.conclude(outcomes);
  }

  /** One look. The caller schedules what comes next. */
  async look(open: OpenAttempt, shutdown: AbortSignal): Promise<Looked> {
    if (isFinal(open.task.status)) return 'over';
    return open.attempt.state === 'seeking'
      ? await this.search.look(open, shutdown)
      : await this.jobs.look(open, shutdown);
  }

  /** A job whose look fails by a fault of our own must not keep the others from being scheduled. */
  private async lookSafely(open: OpenAttempt, shutdown: AbortSignal): Promise<Looked | null> {
    if (shutdown.aborted) return null;
    const { attempt, task } = open;
    try {
      return await this.look(open, shutdown);
    } catch (err) {
      this.tools.logger.error({ taskId: task.id, attemptId: attempt.id, err }, 'a check broke off');
      return null;
    }
  }

  private async conclude(outcomes: readonly CheckOutcome[]): Promise<void> {
    const now = new Date();
    const notes = outcomes.flatMap((outcome) => noteOf(outcome, now) ?? []);
    if (notes.length > 0) await this.tools.store.noteChecks(notes);
    const moved = outcomes.filter(({ open, looked }) => hasProgressed(open, looked));
    if (moved.length > 0) this.tools.signals.tell(moved.map(({ open }) => open.task.id));
    const next = outcomes.flatMap(({ open, looked }) =>
      looked === 'over' ? [] : [{ attemptId: open.attempt.id, dueAt: looked.nextAt }],
    );
    const over = outcomes.flatMap(({ open, looked }) => (looked === 'over' ? [open] : []));
    if (next.length > 0) await this.parts.due.schedule(next);
    if (over.length > 0) await this.parts.due.forget(over.map(({ attempt }) => attempt.id));
  }
}

const hasProgressed = ({ task }: OpenAttempt, looked: Looked): boolean =>
  looked !== 'over' && (looked.progress ?? 0) > task.progress;

/** Looks under way at one account's jobs. */
const AT_ONCE = 20;
