import type { Secret } from '@app/config';
import { GatewayError } from '@app/errors';
import type { Metrics } from '@app/observability';
import { isSameSecret } from '@app/tenants';

export interface HealthReport {
  readonly ready: boolean;
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly postgres: string;
  readonly redis: string;
  readonly process: string;
}

/**
 * Whether this process can serve. Postgres must answer; Redis need not, because creates and the
 * pass-through work without it: taking every API out of the load balancer then would make a small
 * trouble a big one. It is named in the report all the same.
 */
export class Health {
  /** Set when the process was told to stop. */
  draining = false;

  constructor(
    private readonly ping: {
      readonly postgres: () => Promise<void>;
      readonly redis: () => Promise<void>;
    },
    private readonly metrics: Metrics,
    private readonly metricsToken: Secret | undefined,
  ) {}

  async report(): Promise<HealthReport> {
    const [postgres, redis] = await Promise.all([
      state(this.ping.postgres),
      state(this.ping.redis),
    ]);
    const ready = postgres === 'ok' && !this.draining;
    const process = this.draining ? 'draining' : 'ok';
    const status = ready ? (redis === 'ok' ? 'ok' : 'degraded') : 'unavailable';
    return { ready, status, postgres, redis, process };
  }

  /** @throws GatewayError PERMISSION_DENIED when METRICS_TOKEN is set and was not sent */
  refuseStranger(authorization: string | undefined): void {
    if (!this.metricsToken) return;
    if (isSameSecret(authorization ?? '', `Bearer ${this.metricsToken.reveal()}`)) return;
    throw new GatewayError(
      'PERMISSION_DENIED',
      'METRICS_TOKEN is set: send it as "Authorization: Bearer <token>".',
    );
  }

  async metricsText(): Promise<string> {
    return await this.metrics.registry.metrics();
  }
}

async function state(ping: () => Promise<void>): Promise<string> {
  return await ping().then(
    () => 'ok',
    () => 'away',
  );
}
