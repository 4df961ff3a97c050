import { cancelOne } from './cancel-one.js';
import { failed } from './moves.js';
import { gather, type GatherMove, meanProgress } from './gather.js';
import { isFinal } from './states.js';
import type { StepTools } from './step-tools.js';
import type { Task } from './task.js';
import type { PartDetail, TaskStore } from './task.store.js';

/**
 * Brings a task of several calls up to what its parts say. Rung by every change of a part; run twice,
 * or by two at once, it does the same as once.
 */
export class GatherStep {
  constructor(private readonly tools: StepTools) {}

  async run(taskId: string, shutdown: AbortSignal): Promise<void> {
    const { store } = this.tools;
    const gathered = await gatherAll(store, taskId, async (build) => {
      return await this.tools.commit(build, shutdown);
    });
    if (!gathered) return;
    await this.stopUnwanted(gathered, shutdown);
    await this.failUnsent(gathered, shutdown);
    await this.noteProgress(gathered);
    await store.noteGathered([gathered.task, ...gathered.parts.map((part) => part.task)]);
  }

  /**
   * Ends what nobody wants any more: whoever canceled may have died before all parts were told, and a
   * process of an older version ends such a task without knowing of its parts.
   */
  private async stopUnwanted({ task, parts }: Gathered, shutdown: AbortSignal): Promise<void> {
    if (!isFinal(task.status) && !task.cancelRequestedAt) return;
    const { store, vendors } = this.tools;
    const ways = {
      store,
      providerOf: (id: string) => vendors.providerOf(id),
      apply: async (build: GatherMove) => await this.tools.commit(build, shutdown),
    };
    for (const part of parts) {
      if (!isFinal(part.task.status)) await cancelOne(ways, part.task.id);
    }
  }

  /**
   * Once a vendor refused our account for one part, those that wait would wait for an operator, and the
   * task with them: it says so now, as a task of one call does.
   */
  private async failUnsent({ task, parts }: Gathered, shutdown: AbortSignal): Promise<void> {
    const errors = parts.flatMap((part) => part.task.error ?? []);
    const error = errors.find(({ code }) => code === 'MODEL_UNAVAILABLE');
    if (!error || isFinal(task.status)) return;
    for (const { task: part } of parts) {
      // Who changed it meanwhile has sent it.
      if (part.dispatchAt && !isFinal(part.status))
        await this.tools.commit((context) => failed(part, error, context), shutdown);
    }
  }

  private async noteProgress({ task, parts }: Gathered): Promise<void> {
    const progress = meanProgress(parts.map((part) => part.task));
    if (task.status !== 'handling' || progress <= task.progress) return;
    await this.tools.store.noteProgress(task.id, progress);
    this.tools.signals.tell([task.id]);
  }
}

/** A task of several calls and its parts, when there was nothing left to gather. */
export interface Gathered {
  readonly task: Task;
  readonly parts: readonly PartDetail[];
}

/** Gathers until nothing is left to be said; null: no such task. Whoever loses a change looks again. */
export async function gatherAll(
  store: Pick<TaskStore, 'find' | 'partsOf'>,
  taskId: string,
  apply: (build: GatherMove) => Promise<boolean>,
): Promise<Gathered | null> {
  for (;;) {
    const task = await store.find(taskId);
    if (!task || task.parts === null) return null;
    const parts = await store.partsOf(taskId);
    const next = gather(task, parts);
    if (!next) return { task, parts };
    await apply(next);
  }
}
