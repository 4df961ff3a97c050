import { isFinal, type TaskDetail } from '@app/tasks';
import { Injectable } from '@nestjs/common';
import { TaskReader } from '../tasks/task-reader.js';
import { TaskWatcher } from '../tasks/task-watcher.js';

export interface AwaitedTask {
  readonly tenantId: string;
  readonly taskId: string;
  /** Aborts when the caller has left. */
  readonly gone: AbortSignal;
}

/** How waiting went: `gone`: the caller left. `stopped`: nobody can wait here now, and the task goes on. */
export type TaskEnding =
  | { readonly ended: true; readonly detail: TaskDetail }
  | { readonly ended: false; readonly because: 'gone' | 'stopped' };

/** Waits for a task to end, for as long as its deadline allows. */
@Injectable()
export class TaskEnd {
  constructor(
    private readonly reader: TaskReader,
    private readonly watcher: TaskWatcher,
  ) {}

  /** Yields now and then while the task runs, so that who waits can be told so. @throws GatewayError */
  async *of({ tenantId, taskId, gone }: AwaitedTask): AsyncGenerator<'running', TaskEnding> {
    let mark = await this.watcher.markOf(taskId);
    for (;;) {
      const { detail } = await this.reader.read(tenantId, taskId);
      if (isFinal(detail.task.status)) return { ended: true, detail };
      // Whatever ends tasks at their deadline is away itself.
      if (Date.now() > detail.task.deadlineAt.getTime() + GRACE_MS) return STOPPED;
      const waited = await this.watcher.wait(taskId, mark, gone, PULSE_MS);
      if (waited.changed) mark = waited.mark;
      else if (waited.because === 'time') yield 'running';
      else return waited.because === 'gone' ? { ended: false, because: 'gone' } : STOPPED;
    }
  }

  async whenEnded(awaited: AwaitedTask): Promise<TaskEnding> {
    const waiting = this.of(awaited);
    for (;;) {
      const step = await waiting.next();
      if (step.done) return step.value;
    }
  }
}

const STOPPED = { ended: false, because: 'stopped' } as const;
/** Proxies cut connections that are silent for half a minute or longer. */
const PULSE_MS = 15_000;
const GRACE_MS = 60_000;
