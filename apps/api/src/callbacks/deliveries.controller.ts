import { DeliveryStore } from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { TaskStore } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, integer, list, object, orNull, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, TenantGuard } from '../http/tenant.guard.js';

const ATTEMPT = object({
  number: integer('1 for the first'),
  trigger: text('schedule, or manual'),
  time: integer('Unix seconds'),
  durationMs: integer(),
  status: orNull(integer('the receiver’s HTTP status')),
  error: orNull(text('why there was no status, or why it does not count')),
  answerSnippet: text('first 1 KiB of the receiver’s answer'),
});

const DELIVERIES = object({
  deliveries: list(
    object({
      id: text('the webhook-id of every attempt'),
      event: text(),
      url: text(),
      state: text('pending, delivered or dead'),
      created: integer('Unix seconds'),
      nextAttempt: orNull(integer('Unix seconds')),
      attempts: list(ATTEMPT),
    }),
  ),
});

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
      'Every attempt of a task’s callbacks: time, duration, status or error, start of the answer',
  })
  @ApiAnswer(DELIVERIES)
  async list(@Param('taskId') taskId: string, @Caller() { tenantId }: Identity) {
    if (!(await this.tasks.findDetail(tenantId, taskId)))
      throw new GatewayError('NOT_FOUND', `No task ${taskId}.`);
    const [deliveries, attempts] = await Promise.all([
      this.deliveries.findForTask(taskId),
      this.deliveries.attemptsOf(taskId),
    ]);
    const shown = deliveries.map(({ id, event, url, state, nextAttemptAt, createdAt }) => ({
      id,
      event,
      url,
      state,
      created: unixSeconds(createdAt),
      nextAttempt: nextAttemptAt ? unixSeconds(nextAttemptAt) : null,
      attempts: attempts
        .filter(({ deliveryId }) => deliveryId === id)
        .map(({ deliveryId: _, startedAt, ...attempt }) => ({
          ...attempt,
          time: unixSeconds(startedAt),
        })),
    }));
    return answer({ deliveries: shown });
  }
}

const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
