import type { Identity } from '@app/tenants';
import { Body, Controller, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { clientGone } from '../http/client-gone.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { CallbackTests } from './callback-tests.js';
import { deliveryDetail } from './delivery-view.js';
import { DELIVERY_DETAIL } from './delivery.schema.js';

export class TestCallbackUrlDto {
  @ApiPropertyOptional({
    example: 'https://your.app/hook',
    description: 'your default callback URL, when absent',
  })
  @IsOptional()
  @IsString({ message: 'url takes an http or https URL' })
  url?: string;
}

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/callback-urls/test')
@UseGuards(TenantGuard)
export class CallbackTestsController {
  constructor(private readonly tests: CallbackTests) {}

  @Post()
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({
    summary: 'Send a signed `callback.test` and see what came of it; one attempt, no task',
  })
  @ApiAnswer(DELIVERY_DETAIL)
  async send(
    @Body() { url }: TestCallbackUrlDto,
    @Caller() identity: Identity,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const sent = await this.tests.send(identity, url ?? undefined, clientGone(reply));
    return answer(deliveryDetail(sent, 'tenant'));
  }
}
