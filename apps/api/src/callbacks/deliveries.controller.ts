import { DeliveryStore } from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { TaskStore } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, TenantGuard } from '../http/tenant.guard.js';
import { deliveryWithAttempts } from './delivery-view.js';
import { TASK_DELIVERIES } from './delivery.schema.js';

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/tasks/:taskId/deliveries')
@UseGuards(TenantGuard)
export class DeliveriesController {
  constructor(
    private readonly tasks: TaskStore,
    private readonly deliveries: DeliveryStore,
  ) {}

  @Get()
  @ApiOperation({
    summary:
      'Every attempt of a task’s callbacks: times, address, status or error, start of the answer',
  })
  @ApiAnswer(TASK_DELIVERIES)
  async list(@Param('taskId') taskId: string, @Caller() { tenantId }: Identity) {
    if (!(await this.tasks.findDetail(tenantId, taskId)))
      throw new GatewayError('NOT_FOUND', `No task ${taskId}.`);
    const [deliveries, attempts] = await Promise.all([
      this.deliveries.findForTask(taskId),
      this.deliveries.attemptsOf(taskId),
    ]);
    const shown = deliveries.map((delivery) => {
      const own = attempts.filter(({ deliveryId }) => deliveryId === delivery.id);
      return deliveryWithAttempts(delivery, own, 'tenant');
    });
    return answer({ deliveries: shown });
  }
}
