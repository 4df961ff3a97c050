import { newAttemptId, newOutputId, newTaskId } from '../ids.js';
import type { MoveContext } from '../moves.js';
import type { StoredFacts, Task, TaskOutput } from '../task.js';
import type { NewAttempt } from '../transition.js';

/** A time before every deadline of `makeTask`. */
export const NOON = new Date('2026-06-01T12:00:00.000Z');
export const FAR_FUTURE = new Date('2100-01-01T00:00:00.000Z');

/** A queued task of a vendor named `fake` that waits for the dispatcher; every call another one. */
export const makeTask = (fields: Partial<Task> = {}): Task => ({
  id: newTaskId(),
  tenantId: 'tn_1',
  model: 'fake-image',
  kind: 'image',
  provider: 'fake',
  status: 'queued',
  version: 0,
  input: { prompt: 'a cat' },
  request: { text: 'a cat' },
  media: [],
  metadata: { order: '4711' },
  priority: 'normal',
  callback: null,
  onUnknown: 'fail',
  storage: 'temp',
  progress: 0,
  archiveTries: 0,
  createdAt: NOON,
  startedAt: null,
  completedAt: null,
  deadlineAt: FAR_FUTURE,
  error: null,
  usage: null,
  pricedBy: null,
  lostCalls: 0,
  sortAt: fields.createdAt ?? NOON,
  dispatchAt: fields.createdAt ?? NOON,
  account: null,
  cancelRequestedAt: null,
  keyId: null,
  hold: null,
  retryOf: null,
  parts: null,
  part: null,
  partial: null,
  ...fields,
});

/** The same, admitted by the dispatcher: it holds a slot of its account and may be submitted. */
export const makeAdmitted = (fields: Partial<Task> = {}): Task =>
  makeTask({ version: 1, dispatchAt: null, account: 'fake:1', ...fields });

export const makeNewAttempt = (fields: Partial<NewAttempt> = {}): NewAttempt => ({
  id: newAttemptId(),
  number: 1,
  account: 'fake:1',
  startedAt: NOON,
  leaseOwner: 'worker-1',
  leaseUntil: FAR_FUTURE,
  ...fields,
});

/** An output that the vendor keeps under a link. */
export const makeLinked = (fields: Partial<TaskOutput> = {}): TaskOutput => ({
  id: newOutputId(),
  index: 0,
  type: 'image',
  source: { url: 'https://vendor.example/1.png', expiresAt: FAR_FUTURE },
  stored: null,
  expireAt: FAR_FUTURE,
  ...fields,
});

export const makeFacts = (fields: Partial<StoredFacts> = {}): StoredFacts => ({
  key: 'outputs/tk-1/0',
  mime: 'image/png',
  bytes: 182_733,
  sha256: 'ab'.repeat(32),
  width: 1664,
  height: 928,
  ...fields,
});

export const makeContext = (now: Date = NOON): MoveContext => ({
  now,
  link: (outputId, expireAt) =>
    `https://gateway.example/outputs/${outputId}?exp=${expireAt.getTime() / 1000}`,
});
