import {
  alertDelivery,
  type AlertStore,
  DEFAULT_THRESHOLDS,
  eventOf,
  judgeIncidents,
} from '@app/callbacks';
import type { Logger } from '@app/observability';
import type { Duty } from './duty.js';

export interface AlertsParts {
  readonly alerts: AlertStore;
  readonly logger: Logger;
  /** Something may be due to be sent. */
  readonly onDelivery: () => void;
}

const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;

/**
 * Looks at what holds and keeps it as incidents; of each beginning and end operators are told once, by
 * whichever worker notes it first. A worker that dies in between has told nobody, and another one does.
 */
export class AlertsDuty implements Duty {
  readonly name = 'alerts';
  readonly everyMs = 10_000;

  constructor(private readonly parts: AlertsParts) {}

  async runOnce(): Promise<boolean> {
    const { alerts } = this.parts;
    const settings = await alerts.settings();
    const thresholds = settings?.budgetThresholds ?? DEFAULT_THRESHOLDS;
    const [conditions, open] = [await alerts.conditions(thresholds), await alerts.open()];
    const now = new Date();
    const { begin, end } = judgeIncidents(conditions, open, now);
    for (const condition of begin) {
      const delivery = alertDelivery(eventOf(condition, 'began'), condition.data, settings, now);
      if (await alerts.begin(condition, delivery, now)) this.tell('begins', condition);
    }
    for (const incident of end) {
      const delivery = alertDelivery(eventOf(incident, 'ended'), incident.data, settings, now);
      if (await alerts.end(incident, delivery, now)) this.tell('is over', incident);
    }
    await alerts.forget(new Date(now.getTime() - KEPT_DAYS * DAY_MS));
    return false;
  }

  private tell(what: 'begins' | 'is over', { kind, subject, data }: ConditionLike): void {
    this.parts.logger.warn({ kind, subject, ...data }, `incident ${what}`);
    this.parts.onDelivery();
  }
}

type ConditionLike = Parameters<AlertStore['begin']>[0];
