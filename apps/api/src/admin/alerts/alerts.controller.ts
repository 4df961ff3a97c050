import {
  ALERT_EVENTS,
  AlertStore,
  alertTo,
  DEFAULT_THRESHOLDS,
  OPERATORS_ID,
} from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { type AdminIdentity, CallbackSecrets } from '@app/tenants';
import { Body, Controller, Get, Header, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  DEFAULT_GRACE_SECONDS,
  RotateCallbackSecretDto,
} from '../../callbacks/callback-secret.controller.js';
import { requireOperator } from '../../http/admin-admission.js';
import { AdminGuard, CallingAdmin } from '../../http/admin.guard.js';
import { ApiAnswer, integer, object, text } from '../../http/api-answer.js';
import { answer } from '../../http/answer.js';
import { refuseBody } from '../../http/field-refusal.js';
import { requireJsonObject } from '../../http/json-object.js';
import { TaskSettings } from '../../tasks/task-settings.js';
import { ALERT_SETTINGS, ALERT_SETTINGS_BODY, INCIDENT_LIST } from './alerts.schema.js';
import { readAlertSettings } from './read-alert-settings.js';

const NOT_SET = {
  url: null,
  events: ALERT_EVENTS,
  budgetThresholds: DEFAULT_THRESHOLDS,
  enabled: false,
};
const SHOWN_INCIDENTS = 100;

/** What operators are told of, and where. */
@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/alerts')
@UseGuards(AdminGuard)
export class AlertsController {
  constructor(
    private readonly alerts: AlertStore,
    private readonly secrets: CallbackSecrets,
    private readonly settings: TaskSettings,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Where alerts go, and which' })
  @ApiAnswer(ALERT_SETTINGS)
  async show() {
    return answer((await this.alerts.settings()) ?? NOT_SET);
  }

  @Put()
  @ApiOperation({ summary: 'Say where alerts go, whole: what is absent has its default' })
  @ApiBody({ schema: ALERT_SETTINGS_BODY })
  @ApiAnswer(ALERT_SETTINGS)
  async change(@Body() body: unknown) {
    const settings = readAlertSettings(requireJsonObject(body, 'The body'));
    await this.alerts.changeSettings(settings);
    return answer(settings);
  }

  @Get('incidents')
  @ApiOperation({ summary: 'What goes on and what was, newest first' })
  @ApiAnswer(INCIDENT_LIST)
  async incidents() {
    return answer({ incidents: await this.alerts.newest(SHOWN_INCIDENTS) });
  }

  @Get('secret')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The secret that alerts are signed with' })
  @ApiAnswer(object({ secret: text('whsec_…') }))
  async secret(@CallingAdmin() admin: AdminIdentity) {
    requireOperator(admin, 'the secret that alerts are signed with');
    return answer({ secret: await this.secrets.current(OPERATORS_ID) });
  }

  @Post('secret/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'A new signing secret; those before it sign too for `graceSeconds`' })
  @ApiBody({ type: RotateCallbackSecretDto, required: false })
  @ApiAnswer(object({ secret: text('whsec_…'), graceSeconds: integer() }))
  async rotate(@Body() { graceSeconds = DEFAULT_GRACE_SECONDS }: RotateCallbackSecretDto) {
    return answer({ secret: await this.secrets.rotate(OPERATORS_ID, graceSeconds), graceSeconds });
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Send an alert that says nothing; `GET /admin/deliveries?tenant=tn_operators` shows how it went',
  })
  @ApiAnswer(object({ deliveryId: text() }))
  async test(@Body() body: unknown) {
    refuseBody(body);
    const settings = await this.alerts.settings();
    if (!settings) {
      const message = 'There is no URL to send it to; PUT /admin/alerts sets one.';
      throw new GatewayError('INVALID_REQUEST', message, { param: 'url' });
    }
    const delivery = alertTo(settings.url, 'alert.test', {}, new Date());
    await this.alerts.send(delivery);
    this.settings.wakeWorkers();
    return answer({ deliveryId: delivery.id });
  }
}
