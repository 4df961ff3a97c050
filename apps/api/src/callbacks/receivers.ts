import { DeliveryStore, type ReceiverKey, type ReceiverReport } from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { Injectable } from '@nestjs/common';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import { TaskSettings } from '../tasks/task-settings.js';

/** In one answer. */
export const MOST_RECEIVERS = 1_000;

export interface ReceiverList {
  readonly reports: readonly ReceiverReport[];
  readonly isCapped: boolean;
}

/** Where callbacks go, how each of them fares, and which are left alone. */
@Injectable()
export class Receivers {
  constructor(
    private readonly store: DeliveryStore,
    private readonly settings: TaskSettings,
  ) {}

  async list(filter: {
    readonly tenantId?: string;
    readonly failing: boolean;
  }): Promise<ReceiverList> {
    const reports = await this.store.receivers({ ...filter, limit: MOST_RECEIVERS + 1 });
    return { reports: reports.slice(0, MOST_RECEIVERS), isCapped: reports.length > MOST_RECEIVERS };
  }

  /**
   * The receiver as it stands then.
   * @throws GatewayError NOT_FOUND, also for one that only another tenant's callbacks went to
   */
  async setDisabled(key: ReceiverKey, disabled: boolean): Promise<ReceiverReport> {
    const isKnown = await this.store.setReceiverDisabled(key, disabled);
    const [report] = isKnown
      ? await this.store.receivers({ ...key, failing: false, limit: 1 })
      : [];
    if (!report) throw new GatewayError('NOT_FOUND', `No callback has gone to ${key.origin} yet.`);
    this.settings.wakeWorkers();
    return report;
  }
}

/** `?failing=true`. @throws GatewayError INVALID_REQUEST naming the parameter */
export function readFailing(query: object, taken: readonly string[]): boolean {
  const given = new Map<string, unknown>(Object.entries(query));
  refuseOtherFields(given, taken);
  const failing = given.get('failing') ?? 'false';
  if (failing === 'true' || failing === 'false') return failing === 'true';
  throw fieldRefusal('failing', `takes true or false, not ${shown(failing)}`);
}
