import { GatewayError } from '@app/errors';
import { type TaskDetail, TaskStore } from '@app/tasks';
import { Injectable } from '@nestjs/common';
import { etagOf } from '../http/etag.js';
import { TaskSettings } from './task-settings.js';
import { type TaskView, taskView } from './task-view.js';
import { TaskWatcher } from './task-watcher.js';

export interface ReadTask {
  readonly detail: TaskDetail;
  readonly view: TaskView;
  readonly etag: string;
}

export interface WaitOptions {
  readonly seconds: number;
  /** Aborts when the caller has left. */
  readonly gone: AbortSignal;
  readonly until: (read: ReadTask) => boolean;
}

/** Reads a tenant's task as its detail shows it, now or when something has happened. */
@Injectable()
export class TaskReader {
  constructor(
    private readonly store: TaskStore,
    private readonly watcher: TaskWatcher,
    private readonly settings: TaskSettings,
  ) {}

  /** @throws GatewayError NOT_FOUND for another tenant's task too */
  async read(tenantId: string, taskId: string): Promise<ReadTask> {
    const detail = await this.store.findDetail(tenantId, taskId);
    if (!detail) throw noTask(taskId);
    const { task } = detail;
    const position =
      task.status === 'queued' ? await this.store.queuePosition(task, POSITION_CAP) : null;
    const view = {
      ...taskView(detail, this.settings.link),
      ...(position !== null && { queuePosition: position }),
    };
    return { detail, view, etag: etagOf(view) };
  }

  /**
   * The task as it is when `until` holds, or when the time is over.
   * @throws GatewayError NOT_FOUND, also when it is deleted meanwhile
   */
  async waitFor(
    tenantId: string,
    taskId: string,
    { seconds, gone, until }: WaitOptions,
  ): Promise<ReadTask> {
    if (seconds === 0) return await this.read(tenantId, taskId);
    const deadline = performance.now() + seconds * 1000;
    let mark = await this.watcher.markOf(taskId);
    for (;;) {
      const read = await this.read(tenantId, taskId);
      const leftMs = deadline - performance.now();
      if (until(read) || leftMs <= 0) return read;
      const waited = await this.watcher.wait(taskId, mark, gone, leftMs);
      if (waited.changed) mark = waited.mark;
      else return waited.because === 'time' ? await this.read(tenantId, taskId) : read;
    }
  }
}

export const noTask = (taskId: string): GatewayError =>
  new GatewayError('NOT_FOUND', `No task ${taskId}.`);

/** Counting further would cost more than anybody learns from it. */
const POSITION_CAP = 1_000;
