import { ArchiveError, type Archivist, outputKey } from '@app/outputs';
import { afterArchiveError } from './after-archive-error.js';
import { askAnew, type FreshOutputs } from './fresh-outputs.js';
import { archived, archiveLater, failed, relinked } from './moves.js';
import { type OutputIntake, storedFacts } from './output-intake.js';
import type { StepTools } from './step-tools.js';
import { TaskWatch } from './task-watch.js';
import type { Task, TaskOutput } from './task.js';

export interface ArchiveParts {
  readonly archivist: Archivist;
  readonly intake: OutputIntake;
  /** How often a task is looked at while its outputs come, whether anybody still wants them. */
  readonly watchEveryMs?: number;
}

/** Brings a finished job's outputs into the gateway's own store; only then is the task a success. */
export class ArchiveStep {
  constructor(
    private readonly tools: StepTools,
    private readonly parts: ArchiveParts,
  ) {}

  async run(taskId: string, shutdown: AbortSignal): Promise<void> {
    const task = await this.tools.store.find(taskId);
    // Of several calls, the parts bring their outputs home.
    if (task?.status !== 'archiving' || task.parts !== null) return;
    const watch = new TaskWatch(this.tools.store, task, this.parts.watchEveryMs ?? WATCH_MS);
    try {
      if (await this.bringHome(task, AbortSignal.any([shutdown, watch.signal]), shutdown)) return;
    } catch (error) {
      if (!watch.signal.aborted) throw error;
    } finally {
      watch.stop();
    }
    await this.discardIfFailed(task, shutdown);
  }

  /** Whether the task is a success now. */
  private async bringHome(
    task: Task,
    signal: AbortSignal,
    shutdown: AbortSignal,
  ): Promise<boolean> {
    const outputs = await this.tools.store.outputsOf(task.id);
    try {
      const storing = outputs.map(async (output) => await this.store(task, output, signal));
      // A download that outlived this step would meet the next try at the same key.
      await Promise.allSettled(storing);
      const stored = await Promise.all(storing);
      return await this.tools.commit((context) => archived(task, stored, context), shutdown);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      const fresh = await this.fresh({ task, outputs, error }, signal);
      await this.later(task, fresh, error, shutdown);
      return false;
    }
  }

  private async store(task: Task, output: TaskOutput, signal: AbortSignal): Promise<TaskOutput> {
    if (output.stored || !output.source) return output;
    const stored = await this.parts.archivist.fetchOutput({
      url: output.source.url,
      trustedBaseUrl: this.tools.vendors.baseUrlOf(task.provider),
      key: outputKey(task.id, output.index),
      expect: output.type,
      signal,
    });
    return { ...output, stored: storedFacts(stored) };
  }

  /** Bytes that come in the vendor's second answer may be as bad as the first: then nothing is fresh. */
  private async fresh(
    job: {
      readonly task: Task;
      readonly outputs: readonly TaskOutput[];
      readonly error: ArchiveError;
    },
    signal: AbortSignal,
  ): Promise<FreshOutputs> {
    try {
      return await askAnew(this.tools, this.parts.intake, job, signal);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      return { asked: error.reason === 'store' ? 'unclear' : 'nothing', outputs: job.outputs };
    }
  }

  private async later(
    task: Task,
    { asked, outputs }: FreshOutputs,
    error: ArchiveError,
    shutdown: AbortSignal,
  ): Promise<void> {
    const after = afterArchiveError(error, {
      tries: task.archiveTries + 1,
      sourceExpiresAt: firstExpiry(outputs),
      now: Date.now(),
      asked,
    });
    this.tools.logger.warn(
      { taskId: task.id, err: error, asked, next: after.next },
      'archive failed',
    );
    await this.tools.commit((context) => {
      if (after.next === 'fail') return failed(task, after.error, context);
      const at = new Date(context.now.getTime() + after.afterMs);
      const again = asked === 'fresh' ? relinked : archiveLater;
      return again(task, `archive: ${error.reason}`, at, context, outputs);
    }, shutdown);
  }

  /** Canceled, or out of time: nobody will ask for what is in the store already. */
  private async discardIfFailed(task: Task, shutdown: AbortSignal): Promise<void> {
    const { store } = this.tools;
    const now = await this.tools.patiently(async () => await store.find(task.id), shutdown);
    if (now?.status !== 'fail') return;
    const linked = (await store.outputsOf(task.id)).filter(({ stored }) => !stored);
    await this.parts.intake.discardOutputs(task, linked);
  }
}

const firstExpiry = (outputs: readonly TaskOutput[]): number =>
  Math.min(
    ...outputs.map(({ source, stored }) =>
      source && !stored ? source.expiresAt.getTime() : Infinity,
    ),
  );

const WATCH_MS = 2_000;
