import { isUnavailable } from '@app/errors';
import { isFinal, type TaskEvent, TaskStore } from '@app/tasks';
import { Injectable } from '@nestjs/common';
import { eventFrame, HEARTBEAT, retryFrame } from '../http/event-stream.js';
import { TaskReader } from './task-reader.js';
import { TaskWatcher } from './task-watcher.js';

export interface WatchedTask {
  readonly tenantId: string;
  readonly taskId: string;
  /** Version of the last event that the client has; -1: none. */
  readonly after: number;
  /** Aborts when the client has left. */
  readonly gone: AbortSignal;
}

/** The changes of a task's status as an event stream, from the first one that the client lacks. */
@Injectable()
export class TaskEvents {
  constructor(
    private readonly store: TaskStore,
    private readonly reader: TaskReader,
    private readonly watcher: TaskWatcher,
  ) {}

  /**
   * Frames until the task has ended, the client has left, or the process stops or cannot go on: then
   * the client comes again with the id it has seen last.
   */
  async *frames(watched: WatchedTask): AsyncGenerator<string, void> {
    yield retryFrame(RETRY_MS);
    try {
      yield* this.changes(watched);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }

  private async *changes({ after, ...watched }: WatchedTask): AsyncGenerator<string, void> {
    const { taskId, gone } = watched;
    let seen = after;
    let mark = await this.watcher.markOf(taskId);
    for (;;) {
      for (const event of await this.store.eventsOf(taskId, seen)) {
        seen = event.version;
        if (event.from !== event.to) yield await this.frame(watched, event);
        if (isFinal(event.to)) return;
      }
      const waited = await this.watcher.wait(taskId, mark, gone, HEARTBEAT_MS);
      if (waited.changed) mark = waited.mark;
      else if (waited.because === 'time') yield HEARTBEAT;
      else return;
    }
  }

  private async frame(
    { tenantId, taskId }: Pick<WatchedTask, 'tenantId' | 'taskId'>,
    { version, at, to }: TaskEvent,
  ): Promise<string> {
    const task = isFinal(to) ? (await this.reader.read(tenantId, taskId)).view : undefined;
    return eventFrame({
      id: String(version),
      event: `task.${to}`,
      data: {
        taskId,
        status: to,
        at: Math.floor(at.getTime() / 1000),
        ...(task && { task }),
      },
    });
  }
}

/** Proxies cut connections that are silent for half a minute or longer. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;
