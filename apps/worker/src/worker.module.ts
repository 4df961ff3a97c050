import type { Secret } from '@app/config';
import type { Metrics } from '@app/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { Health } from './health.js';
import { HealthController, METRICS, METRICS_TOKEN } from './health.controller.js';

/** The worker's own HTTP: health and metrics, nothing else. */
@Module({})
export class WorkerModule {
  static with(health: Health, metrics: Metrics, token: Secret | undefined): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [HealthController],
      providers: [
        { provide: Health, useValue: health },
        { provide: METRICS, useValue: metrics },
        { provide: METRICS_TOKEN, useValue: token ?? null },
      ],
    };
  }
}
