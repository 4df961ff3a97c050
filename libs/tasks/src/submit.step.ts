import { ProviderError } from '@app/errors';
import { ArchiveError } from '@app/outputs';
import type { ProviderAccount, Submitted } from '@app/providers';
import { unkeptError } from './after-archive-error.js';
import { type AfterSubmit, afterRefusal, afterUnknown, taskError } from './after-submit-error.js';
import type { OutputIntake } from './output-intake.js';
import { newAttemptId } from './ids.js';
import { LEASE_TIMES, LeaseKeeper, type LeaseTimes } from './lease-keeper.js';
import { accepted, begin, failed, type MoveContext, retryLater, vendorDone } from './moves.js';
import { nextCheckDelayMs } from './pace.js';
import { isFinal } from './states.js';
import type { StepTools } from './step-tools.js';
import type { Attempt, AttemptState, Task } from './task.js';

/**
 * Sends a task to its vendor, once. The attempt's row with its lease is committed before the call, so
 * whoever finds the row later knows that the vendor may have been asked:
 * 1. an attempt that is `submitted`: nothing to do, the check step has it;
 * 2. `submitting` with a live lease: another worker is in the call, stop;
 * 3. `submitting` with a dead lease: that worker died in the call; the outcome is unknown;
 * 4. no open attempt: begin one, call, record what came.
 */
export class SubmitStep {
  constructor(
    private readonly tools: StepTools,
    private readonly intake: OutputIntake,
    private readonly owner: string,
    private readonly leaseTimes: LeaseTimes = LEASE_TIMES,
  ) {}

  async run(taskId: string, shutdown: AbortSignal): Promise<void> {
    const task = await this.tools.store.find(taskId);
    if (!task || isFinal(task.status) || task.status === 'archiving') return;
    const open = await this.tools.store.openAttempt(taskId);
    if (!open) return await this.attempt(task, shutdown);
    const abandoned = open.state === 'submitting' && isPast(open.leaseUntil);
    if (abandoned) await this.settleUnknown(task, open, 'the worker died during the call');
  }

  private async attempt(task: Task, shutdown: AbortSignal): Promise<void> {
    const account = this.tools.vendors.choose(task.provider);
    if (!account) return await this.failWithoutVendor(task);
    const attempt = {
      id: newAttemptId(),
      number: (await this.tools.store.attemptsOf(task.id)).length + 1,
      account: account.id,
      startedAt: new Date(),
      leaseOwner: this.owner,
      leaseUntil: new Date(Date.now() + this.leaseTimes.leaseMs),
    };
    const beginning = begin(task, attempt, this.context());
    if (!(await this.tools.store.apply(beginning))) return;
    await this.call(beginning.to, attempt, account, shutdown);
  }

  private async call(
    task: Task,
    attempt: Pick<Attempt, 'id' | 'number'>,
    account: ProviderAccount,
    shutdown: AbortSignal,
  ): Promise<void> {
    const lease = { attemptId: attempt.id, owner: this.owner };
    const keeper = new LeaseKeeper(this.tools.store, lease, this.leaseTimes);
    try {
      const answer = await this.submit(task, account, AbortSignal.any([keeper.signal, shutdown]));
      await this.record(task, attempt, answer);
    } catch (error) {
      if (error instanceof ProviderError) return await this.settleError(task, attempt, error);
      if (error instanceof ArchiveError) return await this.settleUnkept(task, attempt, error);
      throw error;
    } finally {
      keeper.stop();
    }
  }

  private async submit(
    task: Task,
    account: ProviderAccount,
    signal: AbortSignal,
  ): Promise<Submitted> {
    const model = account.provider.models.find(({ id }) => id === task.model);
    const timeoutMs = (model?.submitTimeoutSeconds ?? 60) * 1000;
    const { provider, context } = this.tools.vendors.open(account, timeoutMs, signal);
    const answer = await provider.submit(task.request, context);
    this.tools.logger.info(
      { taskId: task.id, provider: provider.id, answer: answer.state },
      'task submitted',
    );
    return answer;
  }

  private async record(task: Task, attempt: Pick<Attempt, 'id'>, answer: Submitted): Promise<void> {
    if (answer.state === 'done') {
      const outputs = await this.intake.take(task, answer.outputs);
      return await this.tools.commit((context) =>
        vendorDone(task, attempt, { outputs, usage: answer.usage }, context),
      );
    }
    const delayMs = nextCheckDelayMs({
      elapsedMs: 0,
      usualMs: this.tools.durations.usualMs(task.model),
    });
    await this.tools.commit((context) => {
      const firstCheckAt = new Date(context.now.getTime() + delayMs);
      const { handle, vendorId } = answer;
      return accepted(task, attempt, { handle, vendorId, firstCheckAt }, context);
    });
  }

  private async settleError(
    task: Task,
    attempt: Pick<Attempt, 'id' | 'number'>,
    error: ProviderError,
  ): Promise<void> {
    this.tools.logger.warn(
      { taskId: task.id, err: error, accepted: error.accepted },
      'submit failed',
    );
    if (error.accepted === 'unknown') return await this.settleUnknown(task, attempt, error.message);
    const after = afterRefusal(error, attempt.number, Math.random());
    await this.settle(task, attempt, { state: 'failed', error: error.message }, after);
  }

  /** The bytes came with the answer and exist nowhere else: asking for them again would be paid again. */
  private async settleUnkept(
    task: Task,
    attempt: Pick<Attempt, 'id'>,
    error: ArchiveError,
  ): Promise<void> {
    this.tools.logger.error({ taskId: task.id, err: error }, 'result could not be kept');
    const after = { next: 'fail', error: unkeptError(error) } as const;
    await this.settle(task, attempt, { state: 'failed', error: error.message }, after);
  }

  private async settleUnknown(
    task: Task,
    attempt: Pick<Attempt, 'id'>,
    reason: string,
  ): Promise<void> {
    const attempts = await this.tools.store.attemptsOf(task.id);
    const unknown = attempts.filter(({ state }) => state === 'unknown').length + 1;
    const after = afterUnknown(task, unknown, reason);
    await this.settle(task, attempt, { state: 'unknown', error: reason }, after);
  }

  private async settle(
    task: Task,
    attempt: Pick<Attempt, 'id'>,
    end: { readonly state: AttemptState; readonly error: string },
    after: AfterSubmit,
  ): Promise<void> {
    await this.tools.commit((context) => {
      const change = { id: attempt.id, ...end, finishedAt: context.now };
      if (after.next === 'fail') return failed(task, after.error, context, change);
      return retryLater(task, change, new Date(context.now.getTime() + after.afterMs), context);
    });
  }

  private async failWithoutVendor(task: Task): Promise<void> {
    const message = `No account of ${task.provider} is configured any more.`;
    await this.tools.commit((context) =>
      failed(task, taskError('MODEL_UNAVAILABLE', message), context),
    );
  }

  private context(): MoveContext {
    return { now: new Date(), link: this.tools.link };
  }
}

const isPast = (date: Date | null): boolean => date !== null && date.getTime() < Date.now();
