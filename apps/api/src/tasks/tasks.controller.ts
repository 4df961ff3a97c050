import { GatewayError } from '@app/errors';
import {
  type CreateRequest,
  type IdempotencyRequest,
  TaskCreator,
  type TaskStatus,
  TaskStore,
} from '@app/tasks';
import type { Identity } from '@app/tenants';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiAnswer } from '../http/api-answer.js';
import { type Answer, answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { CallbackUrls } from './callback-urls.js';
import { CreateTaskDto } from './create-task.dto.js';
import { pageOf } from './page-size.js';
import { CREATED, TASK, TASK_PAGE } from './task.schema.js';
import { TaskSettings } from './task-settings.js';
import { type TaskView, taskView } from './task-view.js';

const STATUSES = [
  'queued',
  'handling',
  'archiving',
  'success',
  'fail',
] as const satisfies readonly TaskStatus[];
/** Counting further would cost more than anybody learns from it. */
const TOTAL_CAP = 10_000;

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks')
@UseGuards(TenantGuard)
export class TasksController {
  constructor(
    private readonly creator: TaskCreator,
    private readonly store: TaskStore,
    private readonly callbackUrls: CallbackUrls,
    private readonly settings: TaskSettings,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({ summary: 'Create a task; answers once it is durable' })
  @ApiAnswer(CREATED)
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'at most 255 bytes; kept for 24 hours',
  })
  async create(
    @Body() body: CreateTaskDto,
    @Headers('idempotency-key') key: string | undefined,
    @Caller() { tenantId }: Identity,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<{ taskId: string; status: string }>> {
    request.model = body.model;
    const idempotency = idempotencyOf(key, request.bodySha256);
    const replay = idempotency && (await this.creator.replay(tenantId, idempotency));
    const created =
      replay ?? (await this.creator.create(tenantId, this.toRequest(body), idempotency));
    if (created.replayed) void reply.header('idempotent-replay', 'true');
    else this.settings.onCreated();
    const status = created.replayed ? await this.statusOf(tenantId, created.taskId) : 'queued';
    return answer({ taskId: created.taskId, status });
  }

  @Get()
  @ApiOperation({ summary: 'Your tasks, newest first' })
  @ApiAnswer(TASK_PAGE)
  @ApiQuery({ name: 'page', required: false, example: 1 })
  @ApiQuery({ name: 'size', required: false, example: 10, description: '1 to 100' })
  @ApiQuery({ name: 'status', required: false, enum: STATUSES })
  async list(
    @Query('page') page: string | undefined,
    @Query('size') size: string | undefined,
    @Query('status') status: string | undefined,
    @Caller() { tenantId }: Identity,
  ) {
    const paging = pageOf(page, size);
    const wanted = statusFilter(status);
    const { tasks, total } = await this.store.list(tenantId, {
      ...paging,
      cap: TOTAL_CAP,
      ...(wanted && { status: wanted }),
    });
    return answer({
      ...paging,
      total,
      ...(total === TOTAL_CAP && { totalIsCapped: true }),
      tasks: tasks.map((detail) => taskView(detail, this.settings.link)),
    });
  }

  @Get(':taskId')
  @ApiOperation({ summary: 'One task: status, outputs or error, usage, callback' })
  @ApiAnswer(TASK)
  async detail(
    @Param('taskId') taskId: string,
    @Caller() { tenantId }: Identity,
  ): Promise<Answer<TaskView>> {
    const detail = await this.store.findDetail(tenantId, taskId);
    if (!detail) throw new GatewayError('NOT_FOUND', `No task ${taskId}.`);
    return answer(taskView(detail, this.settings.link));
  }

  private async statusOf(tenantId: string, taskId: string): Promise<string> {
    return (await this.store.findDetail(tenantId, taskId))?.task.status ?? 'queued';
  }

  private toRequest(body: CreateTaskDto): CreateRequest {
    const { deadline = this.settings.deadlineSeconds } = body;
    if (deadline > this.settings.deadlineSeconds) {
      const message = `deadline takes 1 to ${this.settings.deadlineSeconds} seconds, not ${deadline}.`;
      throw new GatewayError('INVALID_REQUEST', message, { param: 'deadline' });
    }
    return {
      model: body.model,
      input: body.input,
      callback: body.callback ? this.callbackUrls.take(body.callback) : null,
      metadata: body.metadata ?? {},
      priority: body.priority ?? 'normal',
      deadlineSeconds: deadline,
      onUnknown: body.onUnknown ?? 'fail',
    };
  }
}

function idempotencyOf(
  key: string | undefined,
  bodySha256: Buffer | undefined,
): IdempotencyRequest | null {
  if (key === undefined || !bodySha256) return null;
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > 255) {
    const message = `Idempotency-Key takes 1 to 255 bytes, not ${bytes}.`;
    throw new GatewayError('INVALID_REQUEST', message, { param: 'Idempotency-Key' });
  }
  return { key, fingerprint: bodySha256 };
}

function statusFilter(status: string | undefined): TaskStatus | undefined {
  if (status === undefined) return undefined;
  const found = STATUSES.find((known) => known === status);
  if (found) return found;
  throw new GatewayError(
    'INVALID_REQUEST',
    `status takes ${STATUSES.join(', ')}, not "${status}".`,
    {
      param: 'status',
    },
  );
}
