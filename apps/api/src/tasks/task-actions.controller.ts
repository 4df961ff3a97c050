import { GatewayError } from '@app/errors';
import { CancelTask, isFinal, TaskStore } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, Delete, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DELIVERY_STATES } from '../callbacks/delivery-filter.js';
import { Redelivery } from '../callbacks/redelivery.js';
import { ApiAnswer, boolean, object, oneOf, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { EraseTask } from './erase-task.js';
import { noTask, TaskReader } from './task-reader.js';

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks/:taskId')
@UseGuards(TenantGuard)
@RequireScope('tasks')
export class TaskActionsController {
  constructor(
    private readonly store: TaskStore,
    private readonly reader: TaskReader,
    private readonly cancellation: CancelTask,
    private readonly redelivery: Redelivery,
    private readonly eraser: EraseTask,
  ) {}

  @Post('cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop a task, as far as its vendor lets it be stopped' })
  @ApiAnswer(
    object({
      taskId: text(),
      outcome: oneOf('canceled', 'requested', 'not_supported', 'already_finished'),
    }),
  )
  async cancel(@Param('taskId') taskId: string, @Caller() { tenantId }: Identity) {
    const outcome = await this.cancellation.cancel(tenantId, taskId);
    if (outcome === null) throw noTask(taskId);
    // A task that was deleted has ended as well, and is not there any more.
    if (outcome === 'already_finished') await this.reader.read(tenantId, taskId);
    return answer({ taskId, outcome });
  }

  @Post('redeliver')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send the callback of the task’s end again, with the same webhook-id' })
  @ApiAnswer(object({ taskId: text(), deliveryId: text(), state: oneOf(...DELIVERY_STATES) }))
  async redeliver(@Param('taskId') taskId: string, @Caller() { tenantId }: Identity) {
    const { task } = (await this.reader.read(tenantId, taskId)).detail;
    if (!task.callback) throw refuse(`Task ${taskId} has no callback that could be sent again.`);
    if (!isFinal(task.status)) {
      throw refuse(
        `Task ${taskId} is in status ${task.status}; its callback can be sent again when it has ended.`,
      );
    }
    const { id, state } = await this.redelivery.ofTask(tenantId, taskId);
    return answer({ taskId, deliveryId: id, state });
  }

  @Delete()
  @ApiOperation({ summary: 'Erase a finished task: its input, metadata and outputs' })
  @ApiAnswer(object({ taskId: text(), deleted: boolean }))
  async delete(@Param('taskId') taskId: string, @Caller() { tenantId }: Identity) {
    if (!(await this.eraser.erase(tenantId, taskId))) {
      throw await this.whyNotErased(tenantId, taskId);
    }
    return answer({ taskId, deleted: true });
  }

  private async whyNotErased(tenantId: string, taskId: string): Promise<GatewayError> {
    const detail = await this.store.findDetail(tenantId, taskId);
    if (!detail) return noTask(taskId);
    return refuse(
      `Task ${taskId} is in status ${detail.task.status}; only a finished task can be deleted. Cancel it first (POST /v1/tasks/${taskId}/cancel).`,
    );
  }
}

const refuse = (message: string): GatewayError => new GatewayError('INVALID_REQUEST', message);
