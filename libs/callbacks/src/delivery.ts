import { ulid } from 'ulid';

/** Every change that a caller may be told of; `final` callbacks are the last two. */
export type CallbackEvent = `task.${'handling' | 'archiving' | 'success' | 'fail'}`;

/** `delivered` and `dead` are final; a dead one may be sent again by a person. */
export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** One callback to one URL about one change of one task, from before its first attempt on. */
export interface Delivery {
  /** `msg_` and a ULID: the `webhook-id` of every attempt. */
  readonly id: string;
  readonly taskId: string;
  readonly tenantId: string;
  readonly event: CallbackEvent;
  /** Place among the task's deliveries; (taskId, event, sequence) is unique, so none is made twice. */
  readonly sequence: number;
  readonly url: string;
  /** JSON as it was at the change, frozen: every attempt sends the same bytes. */
  readonly body: string;
  readonly state: DeliveryState;
  /** How many attempts are recorded. */
  readonly attempts: number;
  /** Why the next attempt is made. */
  readonly trigger: AttemptTrigger;
  /** When the next attempt is due, or until when the one in progress is leased; null once final. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
}

/** Why an attempt was made: the schedule, or a person. */
export type AttemptTrigger = 'schedule' | 'manual';

/** What is kept of one attempt; the tenant sees all of it. */
export interface DeliveryAttempt {
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly number: number;
  readonly trigger: AttemptTrigger;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** The receiver's HTTP status; null when none arrived. */
  readonly status: number | null;
  /** For people (`connection refused`, `redirect refused (301)`); null where the status says it all. */
  readonly error: string | null;
  /** First 1 KiB of the receiver's answer, control characters escaped. */
  readonly answerSnippet: string;
}

export type NewDelivery = Pick<
  Delivery,
  'taskId' | 'tenantId' | 'event' | 'sequence' | 'url' | 'body'
>;

/** A delivery due at once. It is written together with the change that it tells of. */
export function newDelivery(fields: NewDelivery, now: Date): Delivery {
  return {
    ...fields,
    id: `msg_${ulid(now.getTime())}`,
    state: 'pending',
    attempts: 0,
    trigger: 'schedule',
    nextAttemptAt: now,
    createdAt: now,
  };
}
