import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';

@ApiTags('operations')
@Controller()
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('healthz')
  @ApiOperation({ summary: 'The process is alive' })
  alive(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'The process can do its work; names what it cannot reach' })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { ready, ...report } = await this.health.report();
    await reply.status(ready ? 200 : 503).send(report);
  }

  @Get('metrics')
  @ApiOperation({ summary: 'Prometheus metrics' })
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
