import { GatewayError } from '@app/errors';
import { retryTask, type Task, TaskStore } from '@app/tasks';
import { TenantStore } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import { CallbackUrls } from '../tasks/callback-urls.js';
import { noTask } from '../tasks/task-reader.js';

/** Runs a failed task once more, as an operator asks for it. */
@Injectable()
export class TaskRetry {
  constructor(
    private readonly store: TaskStore,
    private readonly tenants: TenantStore,
    private readonly callbackUrls: CallbackUrls,
  ) {}

  /** The new task's id. @throws GatewayError NOT_FOUND, or INVALID_REQUEST with why it cannot be */
  async retry(failedId: string): Promise<string> {
    const failed = await this.store.find(failedId);
    if (!failed || failed.part) throw noTask(failedId);
    const parts = failed.parts === null ? [] : await this.store.partsOf(failedId);
    const calls = parts.map((part) => part.task);
    const again = retryTask(failed, calls, new Date());
    if (!(await this.store.findDetail(failed.tenantId, failedId))) {
      const message = `Task ${failedId} was deleted, and its input with it.`;
      throw new GatewayError('INVALID_REQUEST', message);
    }
    await this.refuseForbiddenCallback(failed);
    await this.store.create(again);
    return again.task.id;
  }

  /** The callback goes with the task, and was taken under the rules of its day. */
  private async refuseForbiddenCallback({ tenantId, callback }: Task): Promise<void> {
    const rules = callback && (await this.tenants.callbackRules(tenantId));
    if (rules) this.callbackUrls.refuseForbidden(callback, rules);
  }
}
