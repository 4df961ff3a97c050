import { isUnavailable } from '@app/errors';
import { isFinal } from '@app/tasks';
import { type Identity, limitHeaders } from '@app/tenants';
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
import { ApiMaxCost } from './api-max-cost.js';
import { type Answer, answer } from '../http/answer.js';
import { namesTag } from '../http/etag.js';
import { OpenCalls, requireKey } from '../http/open-calls.js';
import { CountsAs } from '../http/request-limits.js';
import { MAX_WAIT_SECONDS, preferredWait } from '../http/prefer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { CreateTaskDto } from './create-task.dto.js';
import { idempotencyOf } from './idempotency-key.js';
import { maxCostOf } from './max-cost.js';
import { TaskIntake } from './task-intake.js';
import { type ReadTask, TaskReader } from './task-reader.js';
import { CREATED_OR_WAITED, TASK } from './task.schema.js';
import { TaskSettings } from './task-settings.js';
import type { TaskView } from './task-view.js';
import { waitSeconds } from './wait-query.js';

/** What a create answers at once; with `Prefer: wait`, the task's detail. */
type CreateAnswer = { readonly taskId: string; readonly status: string } | TaskView;

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks')
@UseGuards(TenantGuard)
export class TasksController {
  constructor(
    private readonly intake: TaskIntake,
    private readonly reader: TaskReader,
    private readonly settings: TaskSettings,
    private readonly calls: OpenCalls,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('tasks')
  @CountsAs('itself')
  @ApiOperation({ summary: 'Create a task; answers once it is durable' })
  @ApiAnswer(CREATED_OR_WAITED)
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'at most 255 bytes; kept for 24 hours',
  })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: `\`wait=N\`: answers with the detail when the task has ended, or after N seconds, ${MAX_WAIT_SECONDS} at most`,
  })
  @ApiMaxCost()
  async create(
    @Body() body: CreateTaskDto,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('prefer') prefer: string | undefined,
    @Caller() identity: Identity,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<CreateAnswer>> {
    request.model = body.model;
    const idempotency = idempotencyOf(key, request.bodySha256);
    const options = { idempotency, maxCostUsd: maxCostOf(request) };
    const { taskId, replayed, states } = await this.intake.create(identity, body, options);
    void reply.headers(limitHeaders(states, 'x-ratelimit-'));
    if (replayed) void reply.header('idempotent-replay', 'true');
    else this.settings.wakeWorkers();
    const { tenantId } = identity;
    const wait = preferredWait(prefer);
    if (wait === null && !replayed) return answer({ taskId, status: 'queued' });
    const read = await this.afterCreate(tenantId, taskId, { seconds: wait ?? 0, reply });
    if (!read) return answer({ taskId, status: 'queued' });
    if (wait === null) return answer({ taskId, status: read.view.status });
    void reply.header('preference-applied', `wait=${wait}`);
    return answer(read.view);
  }

  @Get(':taskId')
  @ApiOperation({ summary: 'One task: status, outputs or error, usage, callback' })
  @ApiAnswer(TASK)
  @ApiQuery({
    name: 'wait',
    required: false,
    description: `seconds, 0 to ${MAX_WAIT_SECONDS}: answers when the task has ended or, with If-None-Match, when it has changed`,
  })
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'the `ETag` seen last; 304 while nothing changed',
  })
  async detail(
    @Param('taskId') taskId: string,
    @Query('wait') wait: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Caller() { tenantId }: Identity,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<TaskView> | undefined> {
    const isNews = (read: ReadTask): boolean =>
      hasEnded(read) || (ifNoneMatch !== undefined && !namesTag(ifNoneMatch, read.etag));
    const gone = this.calls.watch(reply);
    const { view, etag } = await this.reader.waitFor(tenantId, taskId, {
      seconds: waitSeconds(wait),
      gone,
      until: isNews,
    });
    requireKey(gone);
    void reply.headers({ etag, 'cache-control': 'private, no-cache' });
    if (!namesTag(ifNoneMatch, etag)) return answer(view);
    void reply.status(304);
    return undefined;
  }

  /** Null when Postgres cannot be asked: the task is durable, so the caller gets its id all the same. */
  private async afterCreate(
    tenantId: string,
    taskId: string,
    { seconds, reply }: { readonly seconds: number; readonly reply: FastifyReply },
  ): Promise<ReadTask | null> {
    // Whatever becomes of the key, the task is made: the caller must learn its id.
    const wait = { seconds, gone: this.calls.watch(reply), until: hasEnded };
    return await this.reader.waitFor(tenantId, taskId, wait).catch((error: unknown) => {
      if (isUnavailable(error)) return null;
      throw error;
    });
  }
}

const hasEnded = ({ detail }: ReadTask): boolean => isFinal(detail.task.status);
