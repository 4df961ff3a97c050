import { GatewayError } from '@app/errors';
import { Authenticator, type CallbackSettings, type Identity, TenantStore } from '@app/tenants';
import { Body, Controller, Get, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { ApiAnswer, boolean, object, orNull, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { requireJsonObject } from '../http/json-object.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { CallbackUrls } from '../tasks/callback-urls.js';
import { CALLBACK_SETTINGS, CALLBACK_SETTINGS_BODY } from './callback-urls.schema.js';

export class CheckCallbackUrlDto {
  @ApiProperty({ example: 'https://your.app/hook' })
  @IsString({ message: 'url takes an http or https URL' })
  url!: string;
}

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/callback-urls')
@UseGuards(TenantGuard)
export class CallbackUrlsController {
  constructor(
    private readonly store: TenantStore,
    private readonly authenticator: Authenticator,
    private readonly urls: CallbackUrls,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your default callback URL, registered URLs and hosts' })
  @ApiAnswer(CALLBACK_SETTINGS)
  async show(@Caller() { tenantId }: Identity) {
    const rules = await this.store.callbackRules(tenantId);
    if (!rules) throw noTenant(tenantId);
    return answer(viewOf(rules.callbacks));
  }

  @Put()
  @RequireScope('tasks')
  @ApiOperation({
    summary: 'Replace all of them; in force for new tasks in every process within 2 s',
  })
  @ApiBody({ schema: CALLBACK_SETTINGS_BODY })
  @ApiAnswer(CALLBACK_SETTINGS)
  async replace(@Body() body: unknown, @Caller() { tenantId, policy }: Identity) {
    const settings = this.urls.readSettings(requireJsonObject(body, 'The body'), policy);
    const isKnown = await this.store.changeCallbacks(tenantId, settings);
    if (!isKnown) throw noTenant(tenantId);
    this.authenticator.forget();
    return answer(viewOf(settings));
  }

  @Post('check')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Would a task with this callback URL be taken? Judged by its text alone; nothing is sent',
  })
  @ApiAnswer(object({ allowed: boolean, reason: orNull(text()) }))
  check(@Body() { url }: CheckCallbackUrlDto, @Caller() identity: Identity) {
    return answer(this.urls.judge(url, identity));
  }
}

/** Every field, also those that were never set. */
const viewOf = (settings: CallbackSettings) => ({
  default: settings.default ?? null,
  registered: settings.registered ?? [],
  hosts: settings.hosts ?? [],
  onlyRegistered: settings.onlyRegistered ?? false,
});

const noTenant = (tenantId: string): GatewayError =>
  new GatewayError('NOT_FOUND', `No tenant ${tenantId}.`);
