import { isFinal } from './states.js';
import { taskError } from './after-submit-error.js';
import { endAttempt } from './end-attempt.js';
import { newAttemptId } from './ids.js';
import { InputUnavailableError, type InputFetcher } from './input-fetcher.js';
import type { JsonObject, ProviderAccount } from '@app/providers';
import type { LostSubmits } from './lost-submits.js';
import { begin, canceled, enqueue, failed } from './moves.js';
import type { StepTools } from './step-tools.js';
import type { SubmitCalls } from './submit-call.js';
import type { Attempt, Task } from './task.js';

export interface SubmitParts {
  readonly calls: SubmitCalls;
  readonly lost: LostSubmits;
  readonly inputs: InputFetcher;
}

/**
 * Sends a task to its vendor, once. The attempt's row with its lease is committed before the call, so
 * whoever finds the row later knows that the vendor may have been asked:
 * 1. no open attempt: begin one, call, record what came. Only with the slot that the dispatcher gave;
 * 2. an attempt that is `submitted` or `seeking`: nothing to do, the check step has it;
 * 3. `submitting`, begun by this process, which is not in that call: it was never sent;
 * 4. `submitting` with a live lease: another worker is in the call, stop;
 * 5. `submitting` with a dead lease: that worker died in the call, and its answer is lost.
 */
export class SubmitStep {
  constructor(
    private readonly tools: StepTools,
    private readonly parts: SubmitParts,
  ) {}

  async run(taskId: string, shutdown: AbortSignal): Promise<void> {
    const task = await this.tools.store.find(taskId);
    if (!task || isFinal(task.status) || task.status === 'archiving') return;
    // Its parts are sent, never itself.
    if (task.parts !== null) return;
    const open = await this.tools.store.openAttempt(taskId);
    if (!open) return await this.start(task, shutdown);
    if (open.state === 'submitting') await this.resume(task, open, shutdown);
  }

  private async start(task: Task, shutdown: AbortSignal): Promise<void> {
    if (task.dispatchAt) return;
    if (await this.isUnwanted(task)) return await this.cancel(task);
    if (task.account === null) return await this.enqueue(task, 'waits for a slot', 0);
    const account = this.tools.vendors.findForWork(task.account);
    if (!account) return await this.withoutAccount(task);
    const request = await this.fill(task, shutdown);
    if (request instanceof InputUnavailableError) return await this.failInput(task, request);
    const job = await this.begin(task, account, shutdown);
    if (job) await this.parts.calls.run({ ...job, account, request, again: false }, shutdown);
  }

  /**
   * Commits the attempt. When Postgres went away in the middle, the row may be there although nobody
   * said so: it is ours then, and was not sent yet.
   */
  private async begin(task: Task, account: ProviderAccount, shutdown: AbortSignal) {
    const { store } = this.tools;
    const { calls } = this.parts;
    const number = (await store.attemptsOf(task.id)).length + 1;
    const attempt = { id: newAttemptId(), number, account: account.id };
    calls.enter(attempt.id);
    try {
      const begun: { readonly task: Task; readonly leasedAt: number }[] = [];
      const won = await this.tools.commit((context) => {
        const row = { ...attempt, startedAt: context.now, ...calls.lease() };
        const beginning = begin(task, row, context);
        begun.push({ task: beginning.to, leasedAt: context.now.getTime() });
        return beginning;
      }, shutdown);
      const last = begun.at(-1);
      if (won && last) return { ...last, attempt };
      const leasedAt = Date.now();
      if (await this.isOurs(attempt.id, shutdown)) {
        const current = await this.tools.patiently(async () => await store.find(task.id), shutdown);
        if (current) return { task: current, attempt, leasedAt };
      }
    } catch (error) {
      calls.leave(attempt.id);
      throw error;
    }
    calls.leave(attempt.id);
    return null;
  }

  private async isOurs(attemptId: string, shutdown: AbortSignal): Promise<boolean> {
    return await this.tools.patiently(
      async () => await this.parts.calls.renew(attemptId),
      shutdown,
    );
  }

  private async resume(task: Task, open: Attempt, shutdown: AbortSignal): Promise<void> {
    const { calls, lost } = this.parts;
    const countsFor = (owner: string | null) => ({
      counts: (now: Attempt) => now.state === 'submitting' && now.leaseOwner === owner,
      shutdown,
    });
    const known = calls.knows(open);
    if (known === 'calling') return;
    if (known === 'never-sent') {
      const options = countsFor(open.leaseOwner);
      const end = { id: open.id, state: 'failed', error: 'was never sent' } as const;
      const again = { next: 'retry', afterMs: 0 } as const;
      await this.tools.settle({ task, attempt: open }, options, (current, context) =>
        endAttempt(current, end, again, context),
      );
      return;
    }
    // Whoever was in the call may have been stopped for a while only; without the lease it sends nothing.
    if (!(await calls.takeOver(open.id))) return;
    const job = { task, attempt: { ...open, leaseOwner: calls.owner } };
    const options = countsFor(calls.owner);
    if (await lost.recordKept(job, options)) return;
    const after = lost.after(job);
    if (after.next === 'resend') return await this.resend(job, shutdown);
    await lost.settle(job, 'the worker died during the call', calls.owner, options);
  }

  /** The vendor knows attempts by their id: the same one again is the same job. */
  private async resend(
    { task, attempt }: { readonly task: Task; readonly attempt: Attempt },
    shutdown: AbortSignal,
  ): Promise<void> {
    const { calls, lost } = this.parts;
    const account = this.tools.vendors.find(attempt.account);
    const request = account && (await this.fill(task, shutdown));
    const leasedAt = Date.now();
    if (!(await calls.renew(attempt.id))) return;
    if (!account || !request || request instanceof InputUnavailableError) {
      const why = request instanceof Error ? request.message : 'its account is gone';
      const reason = `the answer was lost, and it cannot be sent again: ${why}`;
      const counts = (now: Attempt) => now.leaseOwner === calls.owner;
      return await lost.giveUp({ task, attempt }, reason, { counts, shutdown });
    }
    calls.enter(attempt.id);
    await calls.run({ task, attempt, account, request, again: true, leasedAt }, shutdown);
  }

  /** Before any attempt's row: an input that cannot be had costs nothing. */
  private async fill(task: Task, signal: AbortSignal): Promise<JsonObject | InputUnavailableError> {
    if (task.media.length === 0) return task.request;
    try {
      return await this.parts.inputs.fill(task, signal);
    } catch (error) {
      if (error instanceof InputUnavailableError) return error;
      throw error;
    }
  }

  private async failInput(task: Task, { message }: InputUnavailableError): Promise<void> {
    const error = taskError('INPUT_UNAVAILABLE', message);
    await this.tools.commit((context) => failed(task, error, context));
  }

  /**
   * A part that was in the call when its task was canceled, where the vendor cannot stop jobs, knows
   * nothing of it itself; when that call brought no job, another would be paid for nothing.
   */
  private async isUnwanted({ cancelRequestedAt, part }: Task): Promise<boolean> {
    if (cancelRequestedAt) return true;
    if (!part) return false;
    const whole = await this.tools.store.find(part.parentId);
    return !whole || isFinal(whole.status) || whole.cancelRequestedAt !== null;
  }

  private async cancel(task: Task): Promise<void> {
    const message = 'Canceled on request; the vendor had not taken the job.';
    await this.tools.commit((context) => canceled(task, { message }, context));
  }

  private async withoutAccount(task: Task): Promise<void> {
    const { vendors } = this.tools;
    if (await vendors.hasComeIn(task.account ?? '')) {
      return await this.enqueue(task, `account ${task.account ?? ''} is known now`, 0);
    }
    if (vendors.isConfigured(task.provider)) {
      const cause = `account ${task.account ?? ''} is no longer configured`;
      return await this.enqueue(task, cause, OTHER_ACCOUNT_MS);
    }
    const message = `No account of ${task.provider} is configured any more.`;
    const error = taskError('MODEL_UNAVAILABLE', message);
    await this.tools.commit((context) => failed(task, error, context));
  }

  private async enqueue(task: Task, cause: string, afterMs: number): Promise<void> {
    await this.tools.commit((context) =>
      enqueue(task, cause, new Date(context.now.getTime() + afterMs), context),
    );
  }
}

/** While workers of two configurations run side by side, the task must not spin between them. */
const OTHER_ACCOUNT_MS = 1_000;
