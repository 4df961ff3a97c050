import { ProviderError } from '@app/errors';
import { ArchiveError } from '@app/outputs';
import type { Checked, Done } from '@app/providers';
import { unkeptError } from './after-archive-error.js';
import { taskError } from './after-submit-error.js';
import { canceled, failed, vendorDone } from './moves.js';
import type { OutputIntake } from './output-intake.js';
import { nextCheckDelayMs } from './pace.js';
import type { StepTools } from './step-tools.js';
import type { OpenAttempt } from './task.store.js';
import type { Attempt, Failure, Task } from './task.js';
import { Vanished } from './vanished.js';
import { askToStop } from './vendor-cancel.js';

/** What a look at a job found: that it is over, or when to look again. */
export type Looked =
  | 'over'
  | {
      readonly nextAt: Date;
      /** 0–100; null: not told. */
      readonly progress: number | null;
    };

type Running = Checked & { readonly state: 'running' };

/** Looks at a job that the vendor has. */
export class JobLook {
  /** Jobs whose vendor this process has asked to stop. */
  private readonly asked = new Set<string>();
  private readonly vanished = new Vanished();

  constructor(
    private readonly tools: StepTools,
    private readonly intake: OutputIntake,
  ) {}

  async look(open: OpenAttempt, shutdown: AbortSignal): Promise<Looked> {
    if (open.task.cancelRequestedAt) await this.cancel(open, shutdown);
    const seen = await this.ask(open, shutdown);
    const looked = await this.record(open, seen, shutdown);
    if (looked === 'over') {
      this.asked.delete(open.attempt.id);
      this.vanished.forget(open.attempt.id);
    }
    return looked;
  }

  private async record(open: OpenAttempt, seen: Checked, signal: AbortSignal): Promise<Looked> {
    switch (seen.state) {
      case 'running':
        return this.later(open, seen);
      case 'done':
        return await this.done(open, seen, signal);
      case 'failed': {
        const { code, message, providerCode, retryable, mayBeCharged } = seen;
        const isFault = retryable && code !== 'CONTENT_REJECTED';
        await this.report(open, isFault ? 'fault' : 'ok');
        const error = taskError(code, message, providerCode, retryable);
        return await this.end(open, { ...error, ...(mayBeCharged && { mayBeCharged }) }, signal);
      }
    }
  }

  /** Asks the vendor to stop; a request that got no answer is made again with the next look. */
  private async cancel({ task, attempt }: OpenAttempt, signal: AbortSignal): Promise<void> {
    if (this.asked.has(attempt.id)) return;
    const outcome = await askToStop(this.tools, task, attempt, signal);
    if (outcome !== 'no-answer') this.asked.add(attempt.id);
  }

  /** A look that fails says nothing about the job: it counts as still running. */
  private async ask({ task, attempt }: OpenAttempt, shutdown: AbortSignal): Promise<Checked> {
    const { vendors } = this.tools;
    // A key that was replaced: another one of the same vendor can mostly see the job too.
    const account = vendors.find(attempt.account) ?? vendors.choose(task.provider);
    if (!account?.provider.check || !attempt.handle) return { state: 'running' };
    const { provider, context } = vendors.open(account, CHECK_TIMEOUT_MS, shutdown);
    try {
      const seen = await provider.check?.(attempt.handle, context);
      this.vanished.forget(attempt.id);
      return seen ?? { state: 'running' };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      vendors.afterError(account, error);
      return this.afterError(task, attempt, error, account.id === attempt.account);
    }
  }

  private afterError(
    task: Task,
    attempt: Attempt,
    error: ProviderError,
    isOwnAccount: boolean,
  ): Checked {
    const { status, retryAfterMs } = error;
    const fields = { taskId: task.id, provider: task.provider, err: error };
    if (status === 401 || status === 403) {
      this.tools.logger.error(fields, 'the vendor does not let this account look at its job');
      return { state: 'running', retryAfterMs: Math.max(retryAfterMs ?? 0, REFUSED_MS) };
    }
    this.tools.logger.warn(fields, 'check failed');
    // Another account may not see the job, which says nothing about it.
    if (isOwnAccount && (status === 404 || status === 410)) {
      const isStopped = task.cancelRequestedAt !== null && this.asked.has(attempt.id);
      if (this.vanished.note(attempt.id, Date.now()) || isStopped) return LOST;
    } else {
      this.vanished.forget(attempt.id);
    }
    return { state: 'running', ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }

  private later({ task, attempt }: OpenAttempt, { progress, retryAfterMs }: Running): Looked {
    const usualMs = this.tools.durations.usualMs(task.model);
    const delayMs = nextCheckDelayMs({ elapsedMs: elapsedMs(attempt), usualMs, retryAfterMs });
    return {
      nextAt: new Date(Date.now() + delayMs),
      progress: progress === undefined ? null : Math.floor(progress),
    };
  }

  private async done(open: OpenAttempt, seen: Done, shutdown: AbortSignal): Promise<Looked> {
    const { task, attempt } = open;
    try {
      const outputs = await this.intake.take(task, seen.outputs);
      const { usage, failures } = seen;
      const won = await this.tools.settle(open, { counts: isLookedAt, shutdown }, (now, context) =>
        vendorDone(now, attempt, { outputs, usage, failures }, context),
      );
      if (won) this.tools.durations.add(task.model, elapsedMs(attempt));
      await this.report(open, 'ok');
      return 'over';
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      if (error.reason !== 'store') return await this.end(open, unkeptError(error), shutdown);
      // The vendor still has it, and our own store may be back at the next look.
      this.tools.logger.error({ taskId: task.id, err: error }, 'result could not be kept yet');
      return this.later(open, { state: 'running', retryAfterMs: STORE_MS });
    }
  }

  /** A job that ends without a result after a cancel was requested is what was requested. */
  private async end(open: OpenAttempt, error: Failure, shutdown: AbortSignal): Promise<'over'> {
    const end = { id: open.attempt.id, state: 'failed', error: error.message } as const;
    await this.tools.settle(open, { counts: isLookedAt, shutdown }, (now, context) => {
      const change = { ...end, finishedAt: context.now };
      if (!now.cancelRequestedAt) return failed(now, error, context, change);
      return canceled(now, CANCELED, context, change);
    });
    return 'over';
  }

  private async report({ task, attempt }: OpenAttempt, outcome: 'ok' | 'fault'): Promise<void> {
    const { provider, model } = task;
    await this.tools.reports.report({ provider, account: attempt.account, model, outcome });
  }
}

const isLookedAt = ({ state }: Attempt): boolean => state === 'submitted';

const LOST: Checked = {
  state: 'failed',
  code: 'TASK_FAILED',
  // Who repeats what is retryable must not repeat this.
  message: 'The vendor no longer knows the job, and may charge for it.',
  retryable: false,
  mayBeCharged: true,
};

const CANCELED = {
  message: 'Canceled on request while the vendor was at work; it may charge for what it had done.',
  mayBeCharged: true,
} as const;

/** One look, whole: answers with the bytes inside need more than a status line. */
const CHECK_TIMEOUT_MS = 60_000;
const REFUSED_MS = 15_000;
const STORE_MS = 5_000;

const elapsedMs = (attempt: Attempt): number =>
  Date.now() - (attempt.submittedAt ?? attempt.startedAt).getTime();
