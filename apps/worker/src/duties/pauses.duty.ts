import { WORK_QUEUES, type WorkQueue, type WorkQueues } from '@app/tasks';
import type { Duty } from './duty.js';

/** Reads each second what operators have paused, and says that this worker is alive. */
export class PausesDuty implements Duty {
  readonly name = 'pauses';
  readonly everyMs = 1_000;
  private paused: ReadonlySet<WorkQueue> = new Set();

  constructor(
    private readonly queues: WorkQueues,
    private readonly owner: string,
    /** A queue was paused, or goes on. */
    private readonly onChange: (queue: WorkQueue, isPaused: boolean) => void,
  ) {}

  async runOnce(): Promise<boolean> {
    const before = this.paused;
    this.paused = await this.queues.beat(this.owner);
    for (const queue of WORK_QUEUES) {
      const isPaused = this.paused.has(queue);
      if (isPaused !== before.has(queue)) this.onChange(queue, isPaused);
    }
    return false;
  }

  readonly isPaused = (queue: WorkQueue): boolean => this.paused.has(queue);

  /** The same duty, without turns while its queue is paused. */
  pausable(queue: WorkQueue, duty: Duty): Duty {
    return {
      name: duty.name,
      everyMs: duty.everyMs,
      runOnce: async () => (this.isPaused(queue) ? false : await duty.runOnce()),
    };
  }
}
