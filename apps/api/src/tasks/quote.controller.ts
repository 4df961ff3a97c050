import type { Usage } from '@app/providers';
import type { Identity } from '@app/tenants';
import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { CreateTaskDto } from './create-task.dto.js';
import { ApiMaxCost } from './api-max-cost.js';
import { maxCostOf } from './max-cost.js';
import { TaskIntake } from './task-intake.js';
import { QUOTE } from './task.schema.js';

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks/quote')
@UseGuards(TenantGuard)
export class QuoteController {
  constructor(private readonly intake: TaskIntake) {}

  @Post()
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({
    summary: 'What this task would cost, and whether it would be taken; makes nothing',
  })
  @ApiAnswer(QUOTE)
  @ApiMaxCost()
  async quote(
    @Body() body: CreateTaskDto,
    @Caller() identity: Identity,
    @Req() request: FastifyRequest,
  ) {
    request.model = body.model;
    const { prepared, reason } = await this.intake.quote(identity, body, maxCostOf(request));
    const { model, provider, estimate } = prepared;
    const { unit, quantity, costNanoUsd } = estimate;
    return answer({
      model: model.id,
      provider: provider.id,
      estimate: certaintyOf(estimate),
      costUsd: costNanoUsd === null ? null : costNanoUsd / 1e9,
      unit,
      quantity,
      accepted: reason === null,
      reason,
    });
  }
}

/** Tokens are counted by the vendor, after the work. */
function certaintyOf({ unit, costNanoUsd }: Usage): 'exact' | 'range' | 'unknown' {
  if (costNanoUsd === null) return 'unknown';
  return unit === 'token' ? 'range' : 'exact';
}
