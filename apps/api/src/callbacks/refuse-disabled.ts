import type { DeliveryStore, ReceiverKey } from '@app/callbacks';
import { GatewayError } from '@app/errors';

/** @throws GatewayError INVALID_REQUEST, when nothing is sent to this receiver until somebody enables it */
export async function refuseDisabled(store: DeliveryStore, key: ReceiverKey): Promise<void> {
  const [report] = await store.receivers({ ...key, failing: true, limit: 1 });
  const disabledAt = report?.health.disabledAt ?? null;
  if (disabledAt === null) return;
  const since = new Date(disabledAt).toISOString();
  const how = `POST /v1/callback-urls/receivers/enable {"origin": "${key.origin}"} has it sent to again`;
  const message = `${key.origin} has been disabled since ${since}: nothing is sent there. ${how}.`;
  throw new GatewayError('INVALID_REQUEST', message);
}
