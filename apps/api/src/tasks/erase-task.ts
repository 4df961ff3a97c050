import { OutputStore } from '@app/outputs';
import { TaskStore } from '@app/tasks';
import { Injectable } from '@nestjs/common';

/** Erases a finished task: its input, metadata and outputs. */
@Injectable()
export class EraseTask {
  constructor(
    private readonly store: TaskStore,
    private readonly outputs: OutputStore,
  ) {}

  /** False: it is not there, or not finished. */
  async erase(tenantId: string, taskId: string): Promise<boolean> {
    const result = await this.store.erase(tenantId, taskId, new Date());
    if (!result.erased) return false;
    // What is not gone now is found by the retention duty, which looks for objects of erased tasks.
    await Promise.allSettled(result.outputKeys.map(async (key) => await this.outputs.delete(key)));
    return true;
  }
}
