import { RECEIVER_STATES } from '@app/callbacks';
import { boolean, integer, list, object, oneOf, orNull, text } from '../http/api-answer.js';

const seconds = (description?: string) =>
  orNull(integer(['Unix seconds', ...(description ? [description] : [])].join('; ')));

const FIELDS = {
  origin: text('scheme, host and port'),
  state: oneOf(...RECEIVER_STATES),
  leftAloneUntil: seconds('of one that is open or paused'),
  disabledSince: seconds(),
  failingSince: seconds('the first failure since the last success'),
  failures: integer('since the last success'),
  lastSuccess: seconds(),
  lastFailure: seconds(),
  waiting: integer('deliveries whose next attempt is due or to come; counted to 10000'),
  atOnce: integer('attempts that may be under way at once'),
};

export const RECEIVER = object(FIELDS);
export const ADMIN_RECEIVER = object({ tenantId: text(), ...FIELDS });

const receivers = (item: ReturnType<typeof object>) =>
  object({ receivers: list(item), isCapped: boolean }, { optional: ['isCapped'] });

export const RECEIVERS = receivers(RECEIVER);
export const ADMIN_RECEIVERS = receivers(ADMIN_RECEIVER);
