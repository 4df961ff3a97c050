import type { AttemptErrorClass, AttemptTrigger, Delivery, DeliveryAttempt } from './delivery.js';
import type { AfterAttempt } from './delivery-queue.js';
import { resumeAfter } from './redelivery.js';

/** What somebody may ask for: an attempt beside the schedule. */
export type RequestedTrigger = Exclude<AttemptTrigger, 'auto'>;

/** Where a delivery stands in the queue: every field of it that an attempt or a request moves. */
export interface QueuedDelivery extends Pick<
  Delivery,
  | 'state'
  | 'note'
  | 'attempts'
  | 'autoAttempts'
  | 'trigger'
  | 'nextAttemptAt'
  | 'resumeAt'
  | 'interrupted'
> {
  /** Its receiver's next look is responsible for it; false: nobody has looked at it yet. */
  readonly parked: boolean;
  /** While an attempt is under way: until when it is its worker's. Past: that worker did not live to record it. */
  readonly leaseUntil: Date | null;
  /** Asked for while an attempt was under way. */
  readonly requested: RequestedTrigger | null;
}

export const isDue = ({ nextAttemptAt, leaseUntil }: QueuedDelivery, now: Date): boolean =>
  nextAttemptAt !== null && nextAttemptAt <= now && (leaseUntil === null || leaseUntil <= now);

/** Nobody has tried it yet, or a person waits for it. A replay may be of thousands: it goes with the retries. */
export const isFirst = ({ attempts, trigger }: Pick<Delivery, 'attempts' | 'trigger'>): boolean =>
  attempts === 0 || trigger === 'manual';

/**
 * An attempt was begun and never recorded. A process of an older version claims by `nextAttemptAt` alone,
 * so a lease that is not that time is an old one, and its attempt was recorded by somebody else.
 */
export const wasLeftBehind = ({ nextAttemptAt, leaseUntil }: QueuedDelivery): boolean =>
  leaseUntil !== null && leaseUntil.getTime() === nextAttemptAt?.getTime();

/** While an attempt is under way. */
export const afterClaim = <Row extends QueuedDelivery>(row: Row, leaseUntil: Date): Row => ({
  ...row,
  parked: true,
  leaseUntil,
  nextAttemptAt: leaseUntil,
  interrupted: row.interrupted + (wasLeftBehind(row) ? 1 : 0),
});

/** Ended without an attempt. What was final already stays what it was: only the request for it ends. */
export const afterEnd = <Row extends QueuedDelivery>(
  row: Row,
  { state, note }: { readonly state: 'skipped' | 'dead'; readonly note: string },
): Row => ({
  ...row,
  ...(row.state === 'pending' && { state, note }),
  ...IDLE,
  trigger: 'auto',
  nextAttemptAt: null,
});

/** Somebody wants it sent (again). */
export function afterRequest<Row extends QueuedDelivery>(
  row: Row,
  trigger: RequestedTrigger,
  now: Date,
): Row {
  if (row.leaseUntil !== null && row.leaseUntil > now) return { ...row, requested: trigger };
  return {
    ...row,
    trigger,
    nextAttemptAt: now,
    resumeAt: resumeAfter(row),
    parked: false,
    leaseUntil: null,
    interrupted: row.interrupted + (wasLeftBehind(row) ? 1 : 0),
  };
}

/** After an attempt that ended as `next` says. One that we broke off counts for nothing. */
export function afterRecord<Row extends QueuedDelivery>(
  row: Row,
  { trigger, errorClass }: Pick<DeliveryAttempt, 'trigger' | 'errorClass'>,
  { next, now }: { readonly next: AfterAttempt; readonly now: Date },
): Row {
  const standing = trigger === 'auto' ? next : afterRequested(row, errorClass, next);
  const isOfSchedule = trigger === 'auto' && errorClass !== 'interrupted';
  const recorded: Row = {
    ...row,
    ...standing,
    ...(standing.state === 'delivered' && { note: null }),
    ...IDLE,
    attempts: row.attempts + 1,
    autoAttempts: row.autoAttempts + (isOfSchedule ? 1 : 0),
    trigger: 'auto',
  };
  // What we broke off was not what somebody asked for.
  const brokenOff = errorClass === 'interrupted' && trigger !== 'auto' ? trigger : null;
  const asked = row.requested ?? brokenOff;
  return asked ? afterRequest(recorded, asked, now) : recorded;
}

/** The receiver wants no more, or there is none: that ends what still waits, whoever asked. */
const LAST_WORDS: ReadonlySet<AttemptErrorClass | null> = new Set(['gone', 'refused-url']);

/** An attempt beside the schedule can only make it better: a failure leaves things as they were. */
const afterRequested = (
  row: QueuedDelivery,
  errorClass: AttemptErrorClass | null,
  next: AfterAttempt,
): AfterAttempt => {
  if (next.state === 'delivered') return next;
  if (row.state === 'pending' && LAST_WORDS.has(errorClass)) return next;
  // A process of an older version asks without noting what to go back to.
  if (row.state === 'pending' && row.resumeAt === null) return next;
  return {
    state: row.state === 'skipped' ? 'dead' : row.state,
    nextAttemptAt: row.state === 'pending' ? row.resumeAt : null,
  };
};

const IDLE = { leaseUntil: null, requested: null, resumeAt: null } as const;
