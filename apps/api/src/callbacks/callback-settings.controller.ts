import { CallbackSecrets, type Identity } from '@app/tenants';
import { Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, integer, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1')
@UseGuards(TenantGuard)
export class CallbackSettingsController {
  constructor(private readonly secrets: CallbackSecrets) {}

  @Get('callback-secret')
  @RequireScope('tasks')
  @ApiOperation({ summary: 'The secret that your callbacks are signed with' })
  @ApiAnswer(object({ secret: text('whsec_…') }))
  async show(@Caller() { tenantId }: Identity) {
    return answer({ secret: await this.secrets.current(tenantId) });
  }

  @Post('callback-secret/rotate')
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({ summary: 'A new signing secret; the old one signs too for 86400 seconds' })
  @ApiAnswer(object({ secret: text('whsec_…'), graceSeconds: integer() }))
  async rotate(@Caller() { tenantId }: Identity) {
    return answer({ secret: await this.secrets.rotate(tenantId), graceSeconds: 86_400 });
  }
}
