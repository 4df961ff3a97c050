import { CallbackSecrets, type Identity } from '@app/tenants';
import { Body, Controller, Get, Header, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { ApiAnswer, integer, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';

export const DEFAULT_GRACE_SECONDS = 86_400;
const MAX_GRACE_SECONDS = 604_800;
const TAKES = `graceSeconds takes a whole number of seconds from 0 to ${MAX_GRACE_SECONDS}`;

export class RotateCallbackSecretDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_GRACE_SECONDS,
    default: DEFAULT_GRACE_SECONDS,
    description: 'for how long the secrets before sign too; 0 ends them at once',
  })
  @ValidateIf((_body, value) => value !== undefined)
  @IsInt({ message: TAKES })
  @Min(0, { message: TAKES })
  @Max(MAX_GRACE_SECONDS, { message: TAKES })
  graceSeconds?: number;
}

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/callback-secret')
@UseGuards(TenantGuard)
export class CallbackSecretController {
  constructor(private readonly secrets: CallbackSecrets) {}

  @Get()
  @Header('cache-control', 'no-store')
  @RequireScope('tasks')
  @ApiOperation({ summary: 'The secret that your callbacks are signed with' })
  @ApiAnswer(object({ secret: text('whsec_…') }))
  async show(@Caller() { tenantId }: Identity) {
    return answer({ secret: await this.secrets.current(tenantId) });
  }

  @Post('rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @RequireScope('tasks')
  @ApiOperation({
    summary: 'A new signing secret; those before it sign too for `graceSeconds`',
  })
  @ApiBody({ type: RotateCallbackSecretDto, required: false })
  @ApiAnswer(object({ secret: text('whsec_…'), graceSeconds: integer() }))
  async rotate(
    @Caller() { tenantId }: Identity,
    @Body() { graceSeconds = DEFAULT_GRACE_SECONDS }: RotateCallbackSecretDto,
  ) {
    return answer({ secret: await this.secrets.rotate(tenantId, graceSeconds), graceSeconds });
  }
}
