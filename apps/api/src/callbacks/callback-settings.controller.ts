import { CallbackSecrets, type Identity } from '@app/tenants';
import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { ApiAnswer, boolean, integer, object, orNull, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { CallbackUrls } from '../tasks/callback-urls.js';

export class CheckCallbackUrlDto {
  @ApiProperty({ example: 'https://your.app/hook' })
  @IsString()
  url!: string;
}

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1')
@UseGuards(TenantGuard)
export class CallbackSettingsController {
  constructor(
    private readonly secrets: CallbackSecrets,
    private readonly urls: CallbackUrls,
  ) {}

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

  @Post('callback-urls/check')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Would this callback URL be taken? Judged by its text alone; nothing is sent',
  })
  @ApiAnswer(object({ allowed: boolean, reason: orNull(text()) }))
  check(@Body() { url }: CheckCallbackUrlDto) {
    return answer(this.urls.judge(url));
  }
}
