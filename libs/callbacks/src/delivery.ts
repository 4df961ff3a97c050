import { ulid } from 'ulid';
import type { AlertEvent } from './alerts/alert.js';

/**
 * What a callback tells of: a change of a task (`final` callbacks are the last two), that somebody
 * wants to see one arrive, or what operators are to know.
 */
export type CallbackEvent =
  `task.${'handling' | 'archiving' | 'success' | 'fail'}` | 'callback.test' | AlertEvent;

/** Whether it tells of the end of a task. What tells of a change before it is sent once, or not at all. */
export const isTerminalEvent = (event: CallbackEvent): boolean =>
  event === 'task.success' || event === 'task.fail';

/** Whether a failed attempt is followed by others, by the schedule. */
export const isRetried = (event: CallbackEvent): boolean =>
  !isProgressEvent(event) && event !== 'callback.test';

/** Whether it tells of a change that another one follows: best effort, and nothing once that is there. */
export const isProgressEvent = (event: CallbackEvent): boolean =>
  event === 'task.handling' || event === 'task.archiving';

/**
 * `pending`: an attempt is due, or under way. `delivered`: a 2xx came. `dead`: given up. `skipped`: never
 * sent, because something newer was to be told (`note` says what). The last three are final; somebody may
 * have a delivered or dead one sent again, which leaves the state as it is until that attempt succeeds.
 */
export type DeliveryState = 'pending' | 'delivered' | 'dead' | 'skipped';

/** One callback to one URL about one change of one task, from before its first attempt on. */
export interface Delivery {
  /** `msg_` and a ULID: the `webhook-id` of every attempt. */
  readonly id: string;
  /** Null for a test or an alert. */
  readonly taskId: string | null;
  readonly tenantId: string;
  /** (taskId, event) is unique, so none is made twice. */
  readonly event: CallbackEvent;
  /** The task's version at the change: what comes later is higher. The body's `seq`. */
  readonly sequence: number;
  readonly url: string;
  /** Scheme, host and port of `url`: with the tenant the unit that limits, rate and breaker count by. */
  readonly origin: string;
  /** JSON as it was at the change, frozen: every attempt sends the same bytes. */
  readonly body: string;
  readonly state: DeliveryState;
  /** Why it ended without an attempt; null otherwise. */
  readonly note: string | null;
  /** How many attempts are recorded. */
  readonly attempts: number;
  /** How many of them the schedule made, without those that we broke off: what decides the next wait. */
  readonly autoAttempts: number;
  /** Why the attempt that is due or under way is made. */
  readonly trigger: AttemptTrigger;
  /** When the next attempt is due, or until when the one under way is leased; null: none is. */
  readonly nextAttemptAt: Date | null;
  /** While somebody's own attempt is due: when the schedule goes on after it; null: it does not. */
  readonly resumeAt: Date | null;
  /** Attempts that a worker began and did not live to record; the receiver may have had each. */
  readonly interrupted: number;
  readonly createdAt: Date;
}

/** Why an attempt was made: the schedule, a person for this one delivery, or for all that match a filter. */
export type AttemptTrigger = 'auto' | 'manual' | 'replay';

/** How an attempt failed. The first four happen before a byte is sent, and look alike to a tenant. */
export type AttemptErrorClass =
  /** The name leads to an address that is never sent to. */
  | 'blocked'
  /** Nobody listens there. */
  | 'closed'
  /** Nothing answers there. */
  | 'filtered'
  | 'unresolved'
  /** The URL's own text is not taken (any more). */
  | 'refused-url'
  | 'tls'
  /** Connected, and then not answered in time. */
  | 'timeout'
  | 'reset'
  | 'too-large'
  /** By a shutdown of ours. */
  | 'interrupted'
  | 'redirect'
  /** 410 */
  | 'gone'
  /** 429 */
  | 'throttled'
  /** 401, 403, 404: looks as if the URL or its access were set up wrongly. */
  | 'misconfigured'
  | 'client-error'
  | 'server-error';

/** Milliseconds of each phase of one attempt; null: it did not come to that, or a kept connection spared it. */
export interface AttemptPhases {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the request's last byte to the answer's first. */
  readonly firstByteMs: number | null;
}

/** What is kept of one attempt. */
export interface DeliveryAttempt {
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly number: number;
  readonly trigger: AttemptTrigger;
  readonly startedAt: Date;
  /** The whole of it. */
  readonly durationMs: number;
  readonly phases: AttemptPhases;
  /** The address that was spoken to; null where none was. */
  readonly remoteAddress: string | null;
  /** The receiver's HTTP status; null when none arrived. */
  readonly status: number | null;
  /** Null when it delivered. What a tenant is shown of it: `shownErrorClass`. */
  readonly errorClass: AttemptErrorClass | null;
  /** For people (`redirect refused (301)`); null where the status says it all. Fit for the tenant. */
  readonly error: string | null;
  /** First 1 KiB of the receiver's answer, control characters escaped. */
  readonly answerSnippet: string;
}

const UNREACHABLE: ReadonlySet<AttemptErrorClass> = new Set(['blocked', 'closed', 'filtered']);

/**
 * The class as the tenant sees it: whether an address is forbidden, closed or silent is a fact of the
 * operator's network, so all three are `unreachable`.
 */
export const shownErrorClass = (
  errorClass: AttemptErrorClass | null,
): AttemptErrorClass | 'unreachable' | null =>
  errorClass !== null && UNREACHABLE.has(errorClass) ? 'unreachable' : errorClass;

export type NewDelivery = Pick<
  Delivery,
  'taskId' | 'tenantId' | 'event' | 'sequence' | 'url' | 'body'
>;

/** A delivery due at once. It is written together with the change that it tells of. */
export function newDelivery(fields: NewDelivery, now: Date): Delivery {
  return {
    ...fields,
    id: `msg_${ulid(now.getTime())}`,
    origin: originOf(fields.url),
    state: 'pending',
    note: null,
    attempts: 0,
    autoAttempts: 0,
    trigger: 'auto',
    nextAttemptAt: now,
    resumeAt: null,
    interrupted: 0,
    createdAt: now,
  };
}

/**
 * `https://host:port` as WHATWG URL spells it and without the root's dot (`example.com.`), so that two
 * spellings of one receiver count as one.
 */
export const originOf = (url: string): string => new URL(url).origin.replace(/\.(?=:\d+$|$)/, '');
