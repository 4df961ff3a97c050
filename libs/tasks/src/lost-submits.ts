import { afterLostAnswer } from './after-lost-answer.js';
import { afterUnknown } from './after-submit-error.js';
import { endAttempt } from './end-attempt.js';
import type { HookUrls } from './hook-urls.js';
import { resendLater, seek, vendorDone } from './moves.js';
import type { OutputIntake } from './output-intake.js';
import type { SettleOptions, StepTools } from './step-tools.js';
import type { Attempt, Task } from './task.js';

/** A task and its attempt, whose submit got no answer. */
export interface LostJob {
  readonly task: Task;
  readonly attempt: Attempt;
}

/**
 * What follows a submit whose answer was lost: the vendor may have taken the job, and may charge for
 * it. Sending it again as another attempt comes last, and only where the task says so.
 */
export class LostSubmits {
  constructor(
    private readonly tools: StepTools,
    private readonly intake: OutputIntake,
    private readonly hookUrls: HookUrls,
  ) {}

  /** Whether the answer came and only its record failed; then it is recorded now. */
  async recordKept({ task, attempt }: LostJob, options: SettleOptions): Promise<boolean> {
    const answer = await this.intake.answers.read({ task, attempt });
    if (!answer) return false;
    this.tools.logger.info(
      { taskId: task.id },
      'answer of a dead worker found in the output store',
    );
    const won = await this.tools.settle({ task, attempt }, options, (current, context) =>
      vendorDone(current, attempt, answer, context),
    );
    if (won) {
      this.tools.metrics.recoveredSubmits.inc();
      await this.intake.answers.delete({ task, attempt }).catch(() => undefined);
    }
    return true;
  }

  /** What to do next, by what the vendor's adapter declares. */
  after({ task, attempt }: LostJob, now = new Date()): ReturnType<typeof afterLostAnswer> {
    const { vendors } = this.tools;
    const account = vendors.find(attempt.account) ?? vendors.choose(task.provider);
    const hasHook = this.hookUrls(task.provider, attempt.id) !== null;
    return afterLostAnswer({ task, attempt, provider: account?.provider ?? null, hasHook, now });
  }

  /** `owner` holds the attempt's lease, which is made to end when the same attempt is sent again. */
  async settle(job: LostJob, reason: string, owner: string, options: SettleOptions): Promise<void> {
    const after = this.after(job);
    switch (after.next) {
      case 'resend': {
        const until = new Date(after.at.getTime() - LEASE_MARGIN_MS);
        const renewed = await this.tools.patiently(
          async () => await this.tools.store.renewLease(job.attempt.id, owner, until),
          options.shutdown,
        );
        if (!renewed) return;
        await this.tools.settle(job, options, (task, context) =>
          resendLater(task, after.at, context),
        );
        return;
      }
      case 'seek':
        await this.tools.settle(job, options, (task, context) =>
          seek(task, job.attempt, { ...after, reason }, context),
        );
        return;
      case 'unknown':
        return await this.giveUp(job, reason, options);
    }
  }

  /** Nobody can tell: the attempt is `unknown`, and the task's `onUnknown` decides. */
  async giveUp(job: LostJob, reason: string, options: SettleOptions): Promise<void> {
    const { tools } = this;
    const attempts = await tools.patiently(
      async () => await tools.store.attemptsOf(job.task.id),
      options.shutdown,
    );
    const unknown = attempts.filter(({ state }) => state === 'unknown').length + 1;
    const end = { id: job.attempt.id, state: 'unknown', error: reason } as const;
    const won = await tools.settle(job, options, (task, context) =>
      endAttempt(task, end, afterUnknown(task, unknown, reason), context),
    );
    if (won) tools.metrics.ambiguousSubmits.inc();
  }
}

/** So that the lease is over when the ring for the next send comes. */
const LEASE_MARGIN_MS = 250;
