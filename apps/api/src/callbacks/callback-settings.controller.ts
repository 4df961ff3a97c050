import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { ApiAnswer, boolean, object, orNull, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { TenantGuard } from '../http/tenant.guard.js';
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
  constructor(private readonly urls: CallbackUrls) {}

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
