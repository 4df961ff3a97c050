import { GatewayError } from '@app/errors';
import type { Identity } from '@app/tenants';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { EXPLAINED_CALL } from './explain.schema.js';
import { explainedCall } from './explained-call.js';
import { RecordedCalls } from './recorded-calls.js';

@ApiTags('explain')
@ApiBearerAuth()
@Controller('v1/requests')
@UseGuards(TenantGuard)
export class ExplainController {
  constructor(private readonly calls: RecordedCalls) {}

  @Get(':requestId/explain')
  @RequireScope('read')
  @ApiOperation({
    summary: 'What was decided about a call of yours and why: where it went, limits, its price',
  })
  @ApiAnswer(EXPLAINED_CALL)
  async explain(@Param('requestId') requestId: string, @Caller() { tenantId }: Identity) {
    const row = await this.calls.find(tenantId, requestId);
    if (!row) throw new GatewayError('NOT_FOUND', NO_CALL(requestId));
    return answer(explainedCall(row));
  }
}

const NO_CALL = (requestId: string): string =>
  `You have made no call ${requestId.slice(0, 80)}, or it is not over yet. The id is in the header x-taskgate-request-id of its answer.`;
