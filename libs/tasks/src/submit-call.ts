import { ProviderError } from '@app/errors';
import { ArchiveError } from '@app/outputs';
import type { JsonObject, ProviderAccount, Submitted } from '@app/providers';
import { unkeptError } from './after-archive-error.js';
import { afterRefusal, type AfterSubmit } from './after-submit-error.js';
import { afterTroubleOf } from './after-trouble.js';
import { type AttemptEnd, endAttempt } from './end-attempt.js';
import type { HookUrls } from './hook-urls.js';
import { LEASE_TIMES, LeaseKeeper, type LeaseTimes } from './lease-keeper.js';
import type { LostSubmits } from './lost-submits.js';
import { accepted, vendorDone } from './moves.js';
import type { OutputIntake } from './output-intake.js';
import { nextCheckDelayMs } from './pace.js';
import type { StepTools } from './step-tools.js';
import type { Attempt, Task } from './task.js';
import { askToStop } from './vendor-cancel.js';
import { outcomeOf, type VendorReport } from './vendor-report.js';

export interface SubmitCall {
  readonly task: Task;
  readonly attempt: Pick<Attempt, 'id' | 'number' | 'account'>;
  readonly account: ProviderAccount;
  /** With its inputs filled in. */
  readonly request: JsonObject;
  /** The same attempt once more, after a lost answer: a refusal now says nothing about the first time. */
  readonly again: boolean;
  /** When the attempt's lease was asked for, Unix milliseconds. */
  readonly leasedAt: number;
}

export interface SubmitCallParts {
  readonly intake: OutputIntake;
  readonly lost: LostSubmits;
  readonly hookUrls: HookUrls;
  /** Names this process in leases; another one at every start. */
  readonly owner: string;
  readonly leaseTimes?: LeaseTimes;
  /** Postgres' time as far as it is known, Unix milliseconds: leases are judged by it. Default: our own. */
  readonly clock?: () => number;
}

/** The paid calls of this process: sends each once and records what came of it. */
export class SubmitCalls {
  private readonly entered = new Map<string, 'calling' | 'left-open'>();
  private readonly times: LeaseTimes;
  private readonly clock: () => number;

  constructor(
    private readonly tools: StepTools,
    private readonly parts: SubmitCallParts,
  ) {
    this.times = parts.leaseTimes ?? LEASE_TIMES;
    this.clock = parts.clock ?? Date.now;
  }

  get owner(): string {
    return this.parts.owner;
  }

  lease(): { readonly leaseOwner: string; readonly leaseUntil: Date } {
    return {
      leaseOwner: this.parts.owner,
      leaseUntil: new Date(this.clock() + this.times.leaseMs),
    };
  }

  /** Before the attempt's row is written: from here on it may be sent. */
  enter(attemptId: string): void {
    this.entered.set(attemptId, 'calling');
  }

  /** It was not sent and will not be. */
  leave(attemptId: string): void {
    this.entered.delete(attemptId);
  }

  /** False: somebody else holds the attempt, or it is settled. */
  async renew(attemptId: string): Promise<boolean> {
    const { leaseOwner, leaseUntil } = this.lease();
    return await this.tools.store.renewLease(attemptId, leaseOwner, leaseUntil);
  }

  /**
   * Takes the attempt of a worker whose lease is over. It was sent, for all that is known: from before
   * the lease is ours on, it must never pass for one that was not.
   */
  async takeOver(attemptId: string): Promise<boolean> {
    if (!this.entered.has(attemptId)) this.entered.set(attemptId, 'left-open');
    const { leaseOwner, leaseUntil } = this.lease();
    return await this.tools.store.takeLease(attemptId, leaseOwner, leaseUntil);
  }

  /** What this process knows of an attempt that is `submitting`; null: nothing. */
  knows({ id, leaseOwner }: Attempt): 'calling' | 'never-sent' | null {
    if (leaseOwner !== this.parts.owner) return null;
    const entered = this.entered.get(id);
    if (entered === undefined) return 'never-sent';
    return entered === 'calling' ? 'calling' : null;
  }

  /** For an attempt that was entered. */
  async run(call: SubmitCall, shutdown: AbortSignal): Promise<void> {
    const { attempt } = call;
    const lease = { attemptId: attempt.id, owner: this.parts.owner };
    const keeper = new LeaseKeeper(this.tools.store, lease, this.times, this.clock);
    this.entered.set(attempt.id, 'calling');
    try {
      if (!(await this.holds(call, shutdown))) {
        this.tools.logger.warn({ taskId: call.task.id }, 'submit given up: the lease was lost');
        return this.leave(attempt.id);
      }
      const isOver = await this.callAndRecord(call, keeper.signal, shutdown);
      if (isOver) this.entered.delete(attempt.id);
      // It was sent, and the same attempt may be sent again: it must never pass for one that was not.
      else this.entered.set(attempt.id, 'left-open');
    } catch (error) {
      // It was sent, and what became of it is not on record: its lease will lapse.
      this.entered.set(attempt.id, 'left-open');
      throw error;
    } finally {
      keeper.stop();
    }
  }

  /**
   * Asked right before the paid call: a process that stood still since it took the lease (a suspended
   * machine, a blocked event loop) may have been taken for dead, and its job be sent by another.
   */
  private async holds({ attempt, leasedAt }: SubmitCall, shutdown: AbortSignal): Promise<boolean> {
    let sinceMs = leasedAt;
    while (Date.now() - sinceMs >= this.times.renewEveryMs) {
      sinceMs = Date.now();
      const isOurs = await this.tools.patiently(async () => await this.renew(attempt.id), shutdown);
      if (!isOurs) return false;
    }
    return true;
  }

  /** Whether an answer of the vendor settled the attempt; otherwise it was lost. */
  private async callAndRecord(
    call: SubmitCall,
    lost: AbortSignal,
    shutdown: AbortSignal,
  ): Promise<boolean> {
    try {
      const answer = await this.submit(call, AbortSignal.any([lost, shutdown]));
      await this.record(call, answer, lost, shutdown);
      await this.report(call, { outcome: 'ok', taken: true });
      return true;
    } catch (error) {
      if (error instanceof ArchiveError) {
        await this.settleUnkept(call, error, shutdown);
        return true;
      }
      if (!(error instanceof ProviderError)) throw error;
      // Another worker's finding decides what becomes of this task, so it is asked for first.
      const after = error.trouble ? await this.afterTrouble(call, error, error.trouble) : null;
      const isRefused = await this.settleError(call, error, after, shutdown);
      if (!after) await this.report(call, outcomeOf(error));
      return isRefused;
    }
  }

  private async submit(
    { task, attempt, account, request }: SubmitCall,
    signal: AbortSignal,
  ): Promise<Submitted> {
    const model = account.provider.models.find(({ id }) => id === task.model);
    const timeoutMs = (model?.submitTimeoutSeconds ?? 60) * 1000;
    const { provider, context } = this.tools.vendors.open(account, timeoutMs, signal);
    const hookUrl = this.parts.hookUrls(provider.id, attempt.id);
    const answer = await provider.submit(request, { ...context, attemptId: attempt.id, hookUrl });
    this.tools.logger.info(
      { taskId: task.id, provider: provider.id, answer: answer.state },
      'task submitted',
    );
    return answer;
  }

  private async record(
    call: SubmitCall,
    answer: Submitted,
    lost: AbortSignal,
    shutdown: AbortSignal,
  ): Promise<void> {
    if (answer.state === 'done') return await this.recordDone(call, answer, lost, shutdown);
    const { task, attempt } = call;
    const { handle, vendorId } = answer;
    const usualMs = this.tools.durations.usualMs(task.model);
    const delayMs = nextCheckDelayMs({ elapsedMs: 0, usualMs });
    const won = await this.tools.settle(call, this.counting('answer', shutdown), (now, context) => {
      const firstCheckAt = new Date(context.now.getTime() + delayMs);
      return accepted(now, attempt, { handle, vendorId, firstCheckAt }, context);
    });
    if (won || !(await this.hasFailed(task.id, shutdown))) return;
    // Ended meanwhile (deadline): nobody will ever look at this job.
    await askToStop(this.tools, task, { account: attempt.account, handle }, shutdown);
  }

  private async recordDone(
    call: SubmitCall,
    answer: Submitted & { state: 'done' },
    lost: AbortSignal,
    shutdown: AbortSignal,
  ): Promise<void> {
    const { task, attempt } = call;
    const { intake } = this.parts;
    const goesOn = () =>
      !lost.aborted && !shutdown.aborted && task.deadlineAt.getTime() > Date.now();
    const patience = { goesOn, pause: this.tools.pause };
    const kept = await intake.keepAnswer({ task, attempt }, answer, patience);
    const won = await this.tools.settle(call, this.counting('answer', shutdown), (now, context) =>
      vendorDone(now, attempt, kept, context),
    );
    if (won) await intake.answers.delete({ task, attempt }).catch(() => undefined);
    else if (await this.hasFailed(task.id, shutdown))
      await intake.discard({ task, attempt }, kept.outputs);
  }

  /** Whether the vendor certainly refused. */
  private async settleError(
    call: SubmitCall,
    error: ProviderError,
    afterTrouble: AfterSubmit | null,
    shutdown: AbortSignal,
  ): Promise<boolean> {
    const { task, attempt } = call;
    this.tools.logger.warn(
      { taskId: task.id, err: error, accepted: error.accepted },
      'submit failed',
    );
    if (error.accepted === 'unknown' || (call.again && !isAboutTheRequest(error))) {
      await this.settleLost(call, error.message, shutdown);
      return false;
    }
    const end = { id: attempt.id, state: 'failed', error: error.message } as const;
    const after = afterTrouble ?? afterRefusal(error, attempt.number, Math.random());
    await this.end(call, end, after, shutdown);
    return true;
  }

  private async afterTrouble(
    { task, account }: SubmitCall,
    error: ProviderError,
    scope: NonNullable<ProviderError['trouble']>,
  ): Promise<AfterSubmit> {
    const { provider, model } = task;
    const trouble = { provider, account: account.id, model, scope, why: error.message };
    return afterTroubleOf(error, await this.tools.reports.trouble(trouble));
  }

  private async settleLost(
    { task, attempt: { id } }: SubmitCall,
    reason: string,
    shutdown: AbortSignal,
  ): Promise<void> {
    const { store } = this.tools;
    // A callback of the vendor may have named the job meanwhile.
    const attempt = await this.tools.patiently(async () => await store.findAttempt(id), shutdown);
    if (!attempt) return;
    const options = this.counting('nothing', shutdown);
    await this.parts.lost.settle({ task, attempt }, reason, this.parts.owner, options);
  }

  /** The bytes came with the answer and exist nowhere else: asking for them again would be paid again. */
  private async settleUnkept(
    call: SubmitCall,
    error: ArchiveError,
    shutdown: AbortSignal,
  ): Promise<void> {
    this.tools.logger.error({ taskId: call.task.id, err: error }, 'result could not be kept');
    const end = { id: call.attempt.id, state: 'failed', error: error.message } as const;
    await this.end(call, end, { next: 'fail', error: unkeptError(error) }, shutdown);
  }

  private async end(
    call: SubmitCall,
    end: AttemptEnd,
    after: Parameters<typeof endAttempt>[2],
    shutdown: AbortSignal,
  ): Promise<void> {
    await this.tools.settle(call, this.counting('answer', shutdown), (now, context) =>
      endAttempt(now, end, after, context),
    );
  }

  /** An answer still counts when another worker took this one for dead and looks for the job. */
  private counting(found: 'answer' | 'nothing', shutdown: AbortSignal) {
    const counts = ({ state, leaseOwner }: Attempt): boolean =>
      (state === 'submitting' && leaseOwner === this.parts.owner) ||
      (state === 'seeking' && found === 'answer');
    return { counts, shutdown };
  }

  private async hasFailed(taskId: string, shutdown: AbortSignal): Promise<boolean> {
    const { store } = this.tools;
    const task = await this.tools.patiently(async () => await store.find(taskId), shutdown);
    return task?.status === 'fail';
  }

  private async report(
    { task, account }: SubmitCall,
    outcome: Pick<VendorReport, 'outcome' | 'retryAfterMs' | 'taken'>,
  ): Promise<void> {
    const { provider, model } = task;
    await this.tools.reports.report({ provider, account: account.id, model, ...outcome });
  }
}

/** The first send was refused for the same reason, because it was the same request. */
const isAboutTheRequest = ({ status, retryable, taskError }: ProviderError): boolean =>
  !retryable && (status === 400 || status === 422 || taskError === 'CONTENT_REJECTED');
