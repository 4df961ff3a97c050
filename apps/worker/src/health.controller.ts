import type { Secret } from '@app/config';
import type { Metrics } from '@app/observability';
import { isSameSecret } from '@app/tenants';
import { Controller, Get, Header, Headers, HttpCode, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';

export const METRICS = 'METRICS';
export const METRICS_TOKEN = 'METRICS_TOKEN';

@Controller()
export class HealthController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(METRICS_TOKEN) private readonly token: Secret | null,
  ) {}

  @Get('healthz')
  @HttpCode(200)
  alive(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { ready, parts } = await this.health.report();
    await reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable', ...parts });
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  async show(
    @Headers('authorization') authorization: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (this.token && !isSameSecret(authorization ?? '', `Bearer ${this.token.reveal()}`)) {
      await reply
        .status(401)
        .send('METRICS_TOKEN is set: send it as "Authorization: Bearer <token>".\n');
      return;
    }
    await reply.send(await this.metrics.registry.metrics());
  }
}
