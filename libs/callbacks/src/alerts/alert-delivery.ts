import { type Delivery, newDelivery } from '../delivery.js';
import {
  type AlertEvent,
  type AlertSettings,
  type Condition,
  INCIDENTS,
  OPERATORS_ID,
} from './alert.js';

/** The event of an incident's beginning or end; null: nobody is told of that. */
export const eventOf = (
  { kind }: Pick<Condition, 'kind'>,
  phase: 'began' | 'ended',
): AlertEvent | null => INCIDENTS[kind][phase];

/** The alert of an event, due at once; null where operators do not want it. */
export function alertDelivery(
  event: AlertEvent | null,
  data: Condition['data'],
  settings: AlertSettings | null,
  now: Date,
): Delivery | null {
  if (event === null || !settings?.enabled || !settings.events.includes(event)) return null;
  return alertTo(settings.url, event, data, now);
}

/** Body: `{type, id, at, data}`; `id` is the delivery's, so a retry is told from another alert. */
export function alertTo(
  url: string,
  event: AlertEvent,
  data: Condition['data'],
  now: Date,
): Delivery {
  const fields = { taskId: null, tenantId: OPERATORS_ID, event, sequence: 0, url, body: '' };
  const made = newDelivery(fields, now);
  const at = Math.floor(now.getTime() / 1000);
  return { ...made, body: JSON.stringify({ type: event, id: made.id, at, data }) };
}
