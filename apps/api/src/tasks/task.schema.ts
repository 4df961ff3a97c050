import {
  boolean,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  orNull,
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

/** `data` of a task's detail. */
export const TASK = object(
  {
    taskId: text('`tk-` and a ULID'),
    model: text(),
    provider: text(),
    status: oneOf('queued', 'handling', 'archiving', 'success', 'fail'),
    progress: integer('0 to 100'),
    created: integer('Unix seconds'),
    started: integer('Unix seconds'),
    completed: integer('Unix seconds; 0 until the task is terminal'),
    storage: text(),
    metadata: map({ type: 'string' }),
    output: list(OUTPUT),
    error: ERROR,
    usage: object({
      unit: oneOf('image', 'second', 'token'),
      quantity: number,
      costUsd: orNull(number),
    }),
    callback: object({ state: oneOf('pending', 'delivered', 'dead'), attempts: integer() }),
  },
  { optional: ['started', 'output', 'error', 'usage', 'callback'] },
);

export const CREATED = object({ taskId: text(), status: text() });

export const TASK_PAGE = object(
  { page: integer(), size: integer(), total: integer(), totalIsCapped: boolean, tasks: list(TASK) },
  { optional: ['totalIsCapped'] },
);

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
