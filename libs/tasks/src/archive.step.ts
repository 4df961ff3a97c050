import { ArchiveError, type Archivist, outputKey } from '@app/outputs';
import { afterArchiveError } from './after-archive-error.js';
import { archived, archiveLater, failed } from './moves.js';
import { storedFacts } from './output-intake.js';
import type { StepTools } from './step-tools.js';
import type { Task, TaskOutput } from './task.js';

/** Brings a finished job's outputs into the gateway's own store; only then is the task a success. */
export class ArchiveStep {
  constructor(
    private readonly tools: StepTools,
    private readonly archivist: Archivist,
  ) {}

  async run(taskId: string, shutdown: AbortSignal): Promise<void> {
    const task = await this.tools.store.find(taskId);
    if (task?.status !== 'archiving') return;
    const outputs = await this.tools.store.outputsOf(taskId);
    try {
      const storing = outputs.map(async (output) => await this.store(task, output, shutdown));
      // A download that outlived this step would meet the next try at the same key.
      await Promise.allSettled(storing);
      const stored = await Promise.all(storing);
      await this.tools.commit((context) => archived(task, stored, context));
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      await this.later(task, outputs, error);
    }
  }

  private async store(task: Task, output: TaskOutput, signal: AbortSignal): Promise<TaskOutput> {
    if (output.stored || !output.source) return output;
    const stored = await this.archivist.fetchOutput({
      url: output.source.url,
      trustedBaseUrl: this.tools.vendors.baseUrlOf(task.provider),
      key: outputKey(task.id, output.index),
      expect: output.type,
      signal,
    });
    return { ...output, stored: storedFacts(stored) };
  }

  private async later(
    task: Task,
    outputs: readonly TaskOutput[],
    error: ArchiveError,
  ): Promise<void> {
    const sourceExpiresAt = Math.min(
      ...outputs.map(({ source }) => source?.expiresAt.getTime() ?? Infinity),
    );
    const after = afterArchiveError(error, {
      tries: task.archiveTries + 1,
      sourceExpiresAt,
      now: Date.now(),
    });
    this.tools.logger.warn({ taskId: task.id, err: error, next: after.next }, 'archive failed');
    await this.tools.commit((context) => {
      if (after.next === 'fail') return failed(task, after.error, context);
      const retryAt = new Date(context.now.getTime() + after.afterMs);
      return archiveLater(task, `archive: ${error.reason}`, retryAt, context);
    });
  }
}
