import type { TaskStore } from '@app/tasks';

export interface TaskWatcherOptions {
  /** Who comes when so many wait is answered at once. */
  readonly maxWaiters?: number;
  /** How often the rows of all waited-for tasks are looked at, whether or not a signal came. */
  readonly sweepMs?: number;
  readonly onError: (error: unknown) => void;
}

/**
 * What became of a wait. `mark` is what the row said when it was found changed; wait on with it.
 * `time`: nothing changed for so long. `gone`: the caller left. `full`, `closed`: nobody can wait here
 * now, because too many do or because the process stops.
 */
export type Waited =
  | { readonly changed: true; readonly mark: string }
  | { readonly changed: false; readonly because: 'time' | 'gone' | 'full' | 'closed' };

/**
 * Everybody in this process who waits for a task to change. A signal says which rows to look at; besides,
 * one statement a second looks at all of them together, so a lost signal costs a second and thousands
 * of waiters cost Postgres no more than one.
 */
export class TaskWatcher {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly told = new Set<string>();
  private readonly maxWaiters: number;
  private readonly sweepMs: number;
  private count = 0;
  private closed = false;
  private looking = false;
  private sweep: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Pick<TaskStore, 'marksOf'>,
    private readonly options: TaskWatcherOptions,
  ) {
    this.maxWaiters = options.maxWaiters ?? 10_000;
    this.sweepMs = options.sweepMs ?? 1_000;
  }

  /** What `wait` compares with. Read it before the task itself, so that no change falls in between. */
  async markOf(taskId: string): Promise<string> {
    return (await this.store.marksOf([taskId])).get(taskId) ?? NO_ROW;
  }

  async wait(
    taskId: string,
    seen: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Waited> {
    if (this.closed) return { changed: false, because: 'closed' };
    if (signal.aborted) return { changed: false, because: 'gone' };
    if (this.count >= this.maxWaiters) return { changed: false, because: 'full' };
    return await new Promise((resolve) => {
      const onAbort = (): void => waiter.end({ changed: false, because: 'gone' });
      const onTime = (): void => waiter.end({ changed: false, because: 'time' });
      const timer = setTimeout(onTime, timeoutMs);
      const waiter: Waiter = {
        seen,
        end: (waited) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          this.remove(taskId, waiter);
          resolve(waited);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.add(taskId, waiter);
    });
  }

  /** These tasks may have changed: their rows are looked at, if anybody waits for them. */
  tell(taskIds: readonly string[]): void {
    for (const taskId of taskIds) if (this.waiters.has(taskId)) this.told.add(taskId);
    if (this.told.size > 0) this.soon ??= setTimeout(() => this.lookNow(), GATHER_MS);
  }

  /** Lets everybody go, and whoever comes later. */
  close(): void {
    this.closed = true;
    for (const waiter of [...this.waiters.values()].flatMap((some) => [...some])) {
      waiter.end({ changed: false, because: 'closed' });
    }
  }

  private add(taskId: string, waiter: Waiter): void {
    const some = this.waiters.get(taskId) ?? new Set();
    this.waiters.set(taskId, some.add(waiter));
    this.count += 1;
    this.sweep ??= setInterval(() => {
      for (const waited of this.waiters.keys()) this.told.add(waited);
      this.lookNow();
    }, this.sweepMs);
  }

  private remove(taskId: string, waiter: Waiter): void {
    const some = this.waiters.get(taskId);
    some?.delete(waiter);
    if (some?.size === 0) this.waiters.delete(taskId);
    this.count -= 1;
    if (this.count > 0) return;
    clearInterval(this.sweep);
    clearTimeout(this.soon);
    this.sweep = undefined;
    this.soon = undefined;
    this.told.clear();
  }

  private lookNow(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    // Whoever is told of meanwhile is looked at right after.
    if (!this.looking) void this.look();
  }

  private async look(): Promise<void> {
    this.looking = true;
    try {
      while (this.told.size > 0) {
        const taskIds = [...this.told];
        this.told.clear();
        const marks = await this.store.marksOf(taskIds);
        for (const taskId of taskIds) this.wake(taskId, marks.get(taskId) ?? NO_ROW);
      }
    } catch (error) {
      // The next sweep looks at all of them again.
      this.options.onError(error);
    } finally {
      this.looking = false;
    }
  }

  private wake(taskId: string, mark: string): void {
    for (const waiter of this.waiters.get(taskId) ?? []) {
      if (waiter.seen !== mark) waiter.end({ changed: true, mark });
    }
  }
}

interface Waiter {
  readonly seen: string;
  readonly end: (waited: Waited) => void;
}

const NO_ROW = '';

/** Signals that come together share one look: no more than a hundred a second, however many tasks move. */
const GATHER_MS = 10;
