import { Controller, Get, Headers, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { object, oneOf, text } from '../http/api-answer.js';
import { Health } from './health.js';

const REPORT = object({
  status: oneOf('ok', 'degraded', 'unavailable'),
  postgres: oneOf('ok', 'away'),
  redis: oneOf('ok', 'away'),
  process: oneOf('ok', 'draining'),
});

@ApiTags('operations')
@Controller()
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('healthz')
  @ApiOperation({ summary: 'The process is alive' })
  @ApiOkResponse({ schema: object({ status: oneOf('ok') }) })
  alive(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'The process can do its work; names what it cannot reach' })
  @ApiOkResponse({ schema: REPORT })
  @ApiServiceUnavailableResponse({ schema: REPORT })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { ready, ...report } = await this.health.report();
    await reply.status(ready ? 200 : 503).send(report);
  }

  @Get('metrics')
  @ApiOperation({ summary: 'Prometheus metrics' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: text() })
  async metrics(
    @Headers('authorization') authorization: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.health.refuseStranger(authorization);
    await reply
      .header('content-type', 'text/plain; version=0.0.4')
      .send(await this.health.metricsText());
  }
}
