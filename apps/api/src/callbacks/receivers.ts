import type { DeliveryStore, ReceiverKey } from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import { type ReceiverView, receiverView } from './receiver-view.js';

/** In one answer. */
const MOST_RECEIVERS = 1_000;

export interface ReceiverList {
  readonly receivers: readonly ReceiverView[];
  /** Only there when there are more. */
  readonly isCapped?: true;
}

export interface ReceiversOptions {
  /** The operator's maximum of attempts at once. */
  readonly atOnce: number;
  readonly wakeWorkers: () => void;
}

/** Where callbacks go, how each of them fares, and which are left alone. */
export class Receivers {
  constructor(
    private readonly store: DeliveryStore,
    private readonly options: ReceiversOptions,
  ) {}

  async list(filter: {
    readonly tenantId?: string;
    readonly failing: boolean;
  }): Promise<ReceiverList> {
    const reports = await this.store.receivers({ ...filter, limit: MOST_RECEIVERS + 1 });
    const now = new Date();
    return {
      receivers: reports
        .slice(0, MOST_RECEIVERS)
        .map((report) => receiverView(report, now, this.options)),
      ...(reports.length > MOST_RECEIVERS && { isCapped: true }),
    };
  }

  /**
   * The receiver as it stands then.
   * @throws GatewayError NOT_FOUND, also for one that only another tenant's callbacks went to
   */
  async setDisabled(key: ReceiverKey, disabled: boolean): Promise<ReceiverView> {
    const isKnown = await this.store.setReceiverDisabled(key, disabled);
    const [report] = isKnown
      ? await this.store.receivers({ ...key, failing: false, limit: 1 })
      : [];
    if (!report) throw new GatewayError('NOT_FOUND', `No callback has gone to ${key.origin} yet.`);
    this.options.wakeWorkers();
    return receiverView(report, new Date(), this.options);
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
