import {
  boolean,
  ERROR_BODY,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
} from '../http/api-answer.js';

const OUTPUT = object(
  {
    url: text('signed link, valid until expireAt; takes Range'),
    type: oneOf('image', 'video'),
    mime: text(),
    bytes: integer(),
    sha256: text(),
    width: integer(),
    height: integer(),
    expireAt: integer('Unix seconds'),
  },
  { optional: ['width', 'height'] },
);

const ERROR = object(
  { code: text(), message: text(), providerCode: text(), retryable: boolean },
  { optional: ['providerCode'] },
);

const PARTIAL = object({
  requested: integer('results'),
  delivered: integer('results'),
  failures: list(
    object(
      {
        index: integer('which of the results, from 0; absent where the vendor does not tell'),
        code: text(),
        message: text(),
        providerCode: text(),
      },
      { optional: ['index', 'providerCode'] },
    ),
  ),
});

/** `data` of a task's detail. */
export const TASK = object(
  {
    taskId: text('`tk-` and a ULID'),
    model: text(),
    provider: text(),
    status: oneOf('queued', 'handling', 'archiving', 'success', 'fail'),
    progress: integer('0 to 100'),
    seq: integer('grows with every change of status; tells the order of callbacks'),
    created: integer('Unix seconds'),
    started: integer('Unix seconds'),
    completed: integer('Unix seconds; 0 until the task is terminal'),
    storage: text(),
    metadata: map({ type: 'string' }),
    retryOf: text('the failed task that an operator ran again as this one'),
    queuePosition: integer('1 for the next one; while it is queued; counted to 1000'),
    output: list(OUTPUT),
    partial: PARTIAL,
    error: ERROR,
    usage: object({
      unit: oneOf('image', 'second', 'token'),
      quantity: number,
      costUsd: orNull(number),
    }),
    callback: object({ state: oneOf('pending', 'delivered', 'dead'), attempts: integer() }),
  },
  {
    optional: [
      'started',
      'retryOf',
      'queuePosition',
      'output',
      'partial',
      'error',
      'usage',
      'callback',
    ],
  },
);

const CREATED = object({ taskId: text(), status: text() });

/** With `Prefer: wait`, the detail. */
export const CREATED_OR_WAITED: Schema = { oneOf: [CREATED, TASK] };

export const BATCH = object({
  results: list({
    oneOf: [
      object({ taskId: text(), status: text(), replayed: boolean }, { optional: ['replayed'] }),
      object({ error: ERROR_BODY }),
    ],
  }),
  accepted: integer(),
  refused: integer(),
});

export const QUOTE = object({
  model: text(),
  provider: text(),
  estimate: oneOf('exact', 'range', 'unknown'),
  costUsd: orNull(number),
  unit: oneOf('image', 'second', 'token'),
  quantity: number,
  accepted: boolean,
  reason: orNull(text('why it would not be taken now')),
});

export const TASK_PAGE = object(
  {
    page: integer('by page'),
    size: integer('by page'),
    total: integer('by page; counted to 10000'),
    totalIsCapped: boolean,
    limit: integer('by cursor'),
    nextCursor: orNull(text('by cursor; null on the last page')),
    tasks: list(TASK),
  },
  { optional: ['page', 'size', 'total', 'totalIsCapped', 'limit', 'nextCursor'] },
);

export const ADMIN_TASK_PAGE = object({
  limit: integer(),
  nextCursor: orNull(text('null on the last page')),
  tasks: list({ allOf: [object({ tenantId: text() }), TASK] }),
});

export const MODEL = object({
  id: text(),
  aliases: list(text()),
  kind: oneOf('image', 'video'),
  provider: text(),
  available: boolean,
  price: orNull(text('for people')),
  inputSchema: map(true),
  example: map(true),
});
