import type { Identity } from '@app/tenants';
import { Body, Controller, Get, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { refuseOtherFields } from '../http/field-refusal.js';
import { requireJsonObject } from '../http/json-object.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { readOrigin } from './delivery-filter.js';
import type { ReceiverView } from './receiver-view.js';
import { RECEIVER, RECEIVERS } from './receiver.schema.js';
import { readFailing, Receivers } from './receivers.js';

const ENABLE_BODY = {
  ...object({ origin: text('like https://your.app') }),
  additionalProperties: false,
};

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/callback-urls/receivers')
@UseGuards(TenantGuard)
export class ReceiversController {
  constructor(private readonly receivers: Receivers) {}

  @Get()
  @ApiOperation({ summary: 'Where your callbacks go and how they fare there, what fails first' })
  @ApiAnswer(RECEIVERS)
  @ApiQuery({ name: 'failing', required: false, enum: ['true', 'false'] })
  async list(@Query() query: object, @Caller() { tenantId }: Identity) {
    const failing = readFailing(query, ['failing']);
    const { receivers, ...rest } = await this.receivers.list({ tenantId, failing });
    return answer({ receivers: receivers.map(withoutTenant), ...rest });
  }

  @Post('enable')
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({ summary: 'Have callbacks sent there again at once, with a clean slate' })
  @ApiBody({ schema: ENABLE_BODY })
  @ApiAnswer(RECEIVER)
  async enable(@Body() body: unknown, @Caller() { tenantId }: Identity) {
    const given = new Map<string, unknown>(Object.entries(requireJsonObject(body, 'The body')));
    refuseOtherFields(given, ['origin']);
    const origin = readOrigin(given.get('origin'), 'origin');
    return answer(withoutTenant(await this.receivers.setDisabled({ tenantId, origin }, false)));
  }
}

const withoutTenant = ({ tenantId: _, ...receiver }: ReceiverView) => receiver;
