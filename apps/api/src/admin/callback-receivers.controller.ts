import type { ReceiverKey } from '@app/callbacks';
import { Body, Controller, Get, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { readOrigin, readTenantId } from '../callbacks/delivery-filter.js';
import { ADMIN_RECEIVER, ADMIN_RECEIVERS } from '../callbacks/receiver.schema.js';
import { readFailing, Receivers } from '../callbacks/receivers.js';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { refuseOtherFields } from '../http/field-refusal.js';
import { requireJsonObject } from '../http/json-object.js';

const KEY_BODY = {
  ...object({ tenant: text('a tenant’s id'), origin: text('like https://your.app') }),
  additionalProperties: false,
};

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/callback-receivers')
@UseGuards(AdminGuard)
export class CallbackReceiversController {
  constructor(private readonly receivers: Receivers) {}

  @Get()
  @ApiOperation({ summary: 'Where callbacks go and how they fare, what fails the longest first' })
  @ApiAnswer(ADMIN_RECEIVERS)
  @ApiQuery({ name: 'failing', required: false, enum: ['true', 'false'] })
  @ApiQuery({ name: 'tenant', required: false, description: 'a tenant’s id' })
  async list(@Query() query: object) {
    const failing = readFailing(query, ['failing', 'tenant']);
    const tenant: unknown = Reflect.get(query, 'tenant');
    const tenantId = tenant === undefined ? undefined : readTenantId(tenant, 'tenant');
    const filter = { failing, ...(tenantId !== undefined && { tenantId }) };
    return answer(await this.receivers.list(filter));
  }

  @Post('disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Leave a receiver alone: what waits for it ends, with a note' })
  @ApiBody({ schema: KEY_BODY })
  @ApiAnswer(ADMIN_RECEIVER)
  async disable(@Body() body: unknown) {
    return answer(await this.receivers.setDisabled(readKey(body), true));
  }

  @Post('enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Have callbacks sent there again at once, with a clean slate' })
  @ApiBody({ schema: KEY_BODY })
  @ApiAnswer(ADMIN_RECEIVER)
  async enable(@Body() body: unknown) {
    return answer(await this.receivers.setDisabled(readKey(body), false));
  }
}

function readKey(body: unknown): ReceiverKey {
  const given = new Map<string, unknown>(Object.entries(requireJsonObject(body, 'The body')));
  refuseOtherFields(given, ['tenant', 'origin']);
  return {
    tenantId: readTenantId(given.get('tenant'), 'tenant'),
    origin: readOrigin(given.get('origin'), 'origin'),
  };
}
