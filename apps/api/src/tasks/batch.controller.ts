import { GatewayError } from '@app/errors';
import type { Identity } from '@app/tenants';
import { Body, Controller, Headers, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { CountsAs } from '../http/request-limits.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { BatchItemDto } from './batch-item.dto.js';
import { idempotencyOf, keyWithinBatch } from './idempotency-key.js';
import { ApiMaxCost } from './api-max-cost.js';
import { maxCostOf } from './max-cost.js';
import { TaskBatch } from './task-batch.js';
import { BATCH } from './task.schema.js';

const MAX_TASKS = 1_000;

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks/batch')
@UseGuards(TenantGuard)
export class BatchController {
  constructor(private readonly batch: TaskBatch) {}

  @Post()
  @HttpCode(200)
  @RequireScope('tasks')
  @CountsAs('itself')
  @RouteConfig({ judgesItems: true })
  @ApiOperation({ summary: `Create up to ${MAX_TASKS} tasks; each is taken or refused on its own` })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'for the whole batch: its tasks have `<key>#<index>`, from 0',
  })
  @ApiExtraModels(BatchItemDto)
  @ApiBody({
    schema: {
      type: 'object',
      required: ['tasks'],
      properties: {
        tasks: {
          type: 'array',
          minItems: 1,
          maxItems: MAX_TASKS,
          items: { $ref: getSchemaPath(BatchItemDto) },
        },
      },
    },
  })
  @ApiMaxCost()
  @ApiAnswer(BATCH)
  async create(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Caller() identity: Identity,
    @Req() request: FastifyRequest,
  ) {
    const { id: requestId, bodySha256 } = request;
    const tasks = tasksOf(body);
    // The longest of the keys that the tasks will have.
    idempotencyOf(key === undefined ? key : keyWithinBatch(key, MAX_TASKS - 1), bodySha256);
    const results = await this.batch.take(identity, {
      tasks,
      key,
      requestId,
      maxCostUsd: maxCostOf(request),
    });
    const accepted = results.filter((result) => 'taskId' in result).length;
    return answer({ results, accepted, refused: results.length - accepted });
  }
}

/** The parser has seen to it that the body is an object, or that there is none. */
function tasksOf(body: unknown): readonly unknown[] {
  const { tasks, ...rest }: { readonly tasks?: unknown } = body ?? {};
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw refuse(`${unknown} is not a field that is taken here; taken is tasks.`, unknown);
  if (Array.isArray(tasks) && tasks.length > 0 && tasks.length <= MAX_TASKS) return tasks;
  const sent = Array.isArray(tasks) ? `${tasks.length}` : 'something else';
  throw refuse(`tasks takes a list of 1 to ${MAX_TASKS} tasks, not ${sent}.`, 'tasks');
}

const refuse = (message: string, param: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', message, { param });
