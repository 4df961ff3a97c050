import { isFinal } from './states.js';
import type { TaskStore } from './task.store.js';
import type { Task } from './task.js';

/** Looks now and then whether a task has ended while long work on it is under way. */
export class TaskWatch {
  private readonly ended = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: TaskStore,
    private readonly task: Pick<Task, 'id'>,
    everyMs: number,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
  }

  /** Aborts when the task is over: the work is worth nothing. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      const now = await this.store.find(this.task.id);
      if (!now || isFinal(now.status)) this.ended.abort();
    } catch {
      // Postgres is away: nobody can end the task either, and the next tick looks again.
    }
  }
}
