import { GatewayError } from '@app/errors';
import { type InputObject, InputKeeper, inputUrl, isBadFile } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ApiAnswer, integer, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { UploadLimit } from './upload-limit.js';
import { uploadBody, uploadKind } from './upload-body.js';

const INPUT = object({
  id: text(),
  url: text('for `image_urls` and its like, in tasks of the same tenant'),
  mime: text('by its bytes'),
  bytes: integer(),
  sha256: text(),
  expireAt: integer('Unix seconds'),
});

/** Pictures, videos and sounds for tasks, as an upload. */
@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/inputs')
@UseGuards(TenantGuard)
export class InputsController {
  constructor(
    private readonly keeper: InputKeeper,
    private readonly limit: UploadLimit,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('tasks')
  @RouteConfig({ streamed: true })
  @ApiOperation({
    summary: 'Upload a picture, video or sound for a task; the file itself is the body',
  })
  @ApiConsumes('image/*', 'video/*', 'audio/*', 'application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiAnswer(INPUT)
  async upload(@Caller() { tenantId }: Identity, @Req() request: FastifyRequest) {
    const expect = uploadKind(request);
    const { maxBytes } = this.limit;
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    try {
      const source = uploadBody(request);
      return answer(shown(await this.keeper.keep({ tenantId, source, expect, maxBytes })));
    } catch (error) {
      throw asAnswer(error, maxBytes);
    }
  }
}

function shown({ id, mime, bytes, sha256, expireAt }: InputObject) {
  const url = inputUrl(id);
  return { id, url, mime, bytes, sha256, expireAt: Math.floor(expireAt.getTime() / 1000) };
}

function asAnswer(error: unknown, maxBytes: number): unknown {
  if (!isBadFile(error)) return error;
  if (error.reason === 'too-large') return tooLarge(maxBytes);
  const code = error.reason === 'wrong-type' ? 'UNSUPPORTED_MEDIA_TYPE' : 'INVALID_REQUEST';
  return new GatewayError(code, error.message, { cause: error });
}

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError(
    'PAYLOAD_TOO_LARGE',
    `The file is larger than ${maxBytes} bytes, the most that is taken here.`,
  );
