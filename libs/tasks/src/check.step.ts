import { ProviderError } from '@app/errors';
import { ArchiveError } from '@app/outputs';
import type { Checked } from '@app/providers';
import { unkeptError } from './after-archive-error.js';
import { taskError } from './after-submit-error.js';
import type { Bell } from './bell.js';
import { failed, vendorDone } from './moves.js';
import type { OutputIntake } from './output-intake.js';
import { nextCheckDelayMs } from './pace.js';
import { isFinal } from './states.js';
import type { StepTools } from './step-tools.js';
import type { OpenAttempt } from './task.store.js';
import type { Attempt, TaskError } from './task.js';

/** Looks once at a vendor's job and records what changed. Looking twice is harmless. */
export class CheckStep {
  constructor(
    private readonly tools: StepTools,
    private readonly intake: OutputIntake,
    private readonly bell: Bell,
  ) {}

  async run(attemptId: string, shutdown: AbortSignal): Promise<void> {
    const open = await this.tools.store.findSubmitted(attemptId);
    if (!open || isFinal(open.task.status)) return;
    const seen = await this.look(open, shutdown);
    switch (seen.state) {
      case 'running':
        return await this.lookAgain(open, seen);
      case 'done':
        return await this.done(open, seen);
      case 'failed':
        return await this.end(
          open,
          taskError(seen.code, seen.message, seen.providerCode, seen.retryable),
        );
    }
  }

  /** A check that fails says nothing about the job: it counts as still running. */
  private async look({ task, attempt }: OpenAttempt, shutdown: AbortSignal): Promise<Checked> {
    const { vendors } = this.tools;
    // A key that was replaced: another one of the same vendor can mostly see the job too.
    const account = vendors.find(attempt.account) ?? vendors.choose(task.provider);
    if (!account?.provider.check || !attempt.handle) return { state: 'running' };
    const { provider, context } = this.tools.vendors.open(account, CHECK_TIMEOUT_MS, shutdown);
    try {
      return (await provider.check?.(attempt.handle, context)) ?? { state: 'running' };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.tools.logger.warn(
        { taskId: task.id, provider: provider.id, err: error },
        'check failed',
      );
      const { retryAfterMs } = error;
      return { state: 'running', ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
  }

  private async lookAgain(
    { task, attempt }: OpenAttempt,
    { progress, retryAfterMs }: Checked & { state: 'running' },
  ): Promise<void> {
    const usualMs = this.tools.durations.usualMs(task.model);
    const delayMs = nextCheckDelayMs({ elapsedMs: elapsedMs(attempt), usualMs, retryAfterMs });
    const checks = attempt.checks + 1;
    const nextCheckAt = new Date(Date.now() + delayMs);
    await this.tools.store.noteCheck(attempt.id, {
      checks,
      nextCheckAt,
      progress: progress === undefined ? null : Math.floor(progress),
    });
    await this.bell.ring([
      { step: 'check', subject: attempt.id, ring: `${checks}`, dueAt: nextCheckAt },
    ]);
  }

  private async done(
    { task, attempt }: OpenAttempt,
    seen: Checked & { state: 'done' },
  ): Promise<void> {
    this.tools.durations.add(task.model, elapsedMs(attempt));
    const { usage } = seen;
    try {
      const outputs = await this.intake.take(task, seen.outputs);
      await this.tools.commit((context) => vendorDone(task, attempt, { outputs, usage }, context));
    } catch (error) {
      // Our own store may be back at the next look; bytes that are not right will not become so.
      if (!(error instanceof ArchiveError) || error.reason === 'store') throw error;
      await this.end({ task, attempt }, unkeptError(error));
    }
  }

  private async end(
    { task, attempt }: Pick<OpenAttempt, 'task' | 'attempt'>,
    error: TaskError,
  ): Promise<void> {
    await this.tools.commit((context) => {
      const change = { id: attempt.id, state: 'failed' as const, error: error.message };
      return failed(task, error, context, { ...change, finishedAt: context.now });
    });
  }
}

/** One look, whole: answers with the bytes inside need more than a status line. */
const CHECK_TIMEOUT_MS = 60_000;

const elapsedMs = (attempt: Attempt): number =>
  Date.now() - (attempt.submittedAt ?? attempt.startedAt).getTime();
