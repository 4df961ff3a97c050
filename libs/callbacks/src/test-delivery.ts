import { type Delivery, newDelivery } from './delivery.js';

/** A callback of no task, for whoever wants to see one arrive: signed and sent as every other. */
export function testDelivery(
  { tenantId, url }: Pick<Delivery, 'tenantId' | 'url'>,
  now: Date,
): Delivery {
  const event = 'callback.test';
  const made = newDelivery({ taskId: null, tenantId, event, sequence: 0, url, body: '' }, now);
  const created = Math.floor(now.getTime() / 1000);
  return { ...made, body: JSON.stringify({ event, deliveryId: made.id, created }) };
}
