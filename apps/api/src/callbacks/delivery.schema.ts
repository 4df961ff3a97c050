import { SHOWN_ATTEMPTS } from '@app/callbacks';
import { boolean, integer, list, object, oneOf, orNull, text } from '../http/api-answer.js';
import { CALLBACK_EVENTS, DELIVERY_STATES } from './delivery-filter.js';

const milliseconds = orNull(integer());

const PHASES = {
  ...object({
    dnsMs: milliseconds,
    connectMs: milliseconds,
    tlsMs: milliseconds,
    firstByteMs: milliseconds,
  }),
  description: 'null: it did not come to that, or a kept connection spared it',
};

const ATTEMPT = object({
  number: integer('1 for the first'),
  trigger: oneOf('auto', 'manual', 'replay'),
  time: integer('Unix seconds'),
  durationMs: integer(),
  phases: PHASES,
  remoteAddress: orNull(text('the address that was spoken to')),
  status: orNull(integer('the receiver’s HTTP status')),
  errorClass: orNull(text('how it failed, for programs; null when it delivered')),
  error: orNull(text('why there was no status, or why it does not count')),
  answerSnippet: text('first 1 KiB of the receiver’s answer'),
});

const ATTEMPTS = { ...list(ATTEMPT), description: `the last ${SHOWN_ATTEMPTS}` } as const;

const SUMMARY_FIELDS = {
  id: text('the webhook-id of every attempt'),
  taskId: orNull(text('null for a test')),
  event: oneOf(...CALLBACK_EVENTS),
  seq: integer('order among the task’s callbacks'),
  url: text(),
  origin: text('scheme, host and port'),
  state: oneOf(...DELIVERY_STATES),
  note: orNull(text('why it ended without an attempt')),
  attemptCount: integer('those that are recorded'),
  interrupted: integer('attempts that were begun and never recorded; you may have had each'),
  created: integer('Unix seconds'),
  nextAttempt: orNull(integer('Unix seconds; of one under way, when it is over at the latest')),
};

export const DELIVERY_SUMMARY = object(SUMMARY_FIELDS);
const WITH_ATTEMPTS = object({ ...SUMMARY_FIELDS, attempts: ATTEMPTS });
export const TASK_DELIVERIES = object({ deliveries: list(WITH_ATTEMPTS) });

const DETAIL_FIELDS = {
  ...SUMMARY_FIELDS,
  attempts: ATTEMPTS,
  body: text('the very bytes of every attempt'),
};
export const DELIVERY_DETAIL = object(DETAIL_FIELDS);

const page = (item: ReturnType<typeof object>) =>
  object({
    limit: integer(),
    nextCursor: orNull(text('null on the last page')),
    deliveries: list(item),
  });

export const DELIVERY_PAGE = page(DELIVERY_SUMMARY);
export const ADMIN_DELIVERY_PAGE = page(object({ tenantId: text(), ...SUMMARY_FIELDS }));
export const ADMIN_DELIVERY = object({ tenantId: text(), ...DETAIL_FIELDS });

export const REDELIVERED = object(
  {
    matched: integer('counted to 10000'),
    matchedIsCapped: boolean,
    redelivered: integer('absent in a dry run'),
    dryRun: boolean,
  },
  { optional: ['matchedIsCapped', 'redelivered', 'dryRun'] },
);
