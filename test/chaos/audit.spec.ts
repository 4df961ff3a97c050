import { describe, expect, it } from 'vitest';
import { audit } from './audit.js';
import type { CallbackFact, Facts, OrderFact, TaskFact } from './facts.js';

const ORDER: OrderFact = {
  prompt: 'a boat',
  answered: ['tk-1', 'tk-1'],
  mayExist: false,
  cancel: null,
};
const TASK: TaskFact = {
  id: 'tk-1',
  prompt: 'a boat',
  status: 'success',
  errorCode: null,
  onUnknown: 'fail',
  callbackUrl: 'http://127.0.0.1/hook',
  account: null,
  nextActionAt: null,
  dispatchAt: null,
  parentId: null,
  calls: 1,
};
/** Of a task of two calls; the task has the outputs. */
const PART: TaskFact = { ...TASK, id: 'tk-2', parentId: 'tk-1', callbackUrl: null };
const CALLBACK: CallbackFact = {
  webhookId: 'msg-1',
  event: 'task.success',
  taskId: 'tk-1',
  status: 'success',
  digest: 'aa',
  signatureIsValid: true,
  taken: true,
};
/** A run of one task in which every promise was kept. */
const GOOD_RUN: Facts = {
  orders: [ORDER],
  tasks: [TASK],
  shown: new Map([['tk-1', { status: 'success', errorCode: null }]]),
  events: [
    { taskId: 'tk-1', version: 0, from: '', to: 'queued' },
    { taskId: 'tk-1', version: 2, from: 'handling', to: 'success' },
    { taskId: 'tk-1', version: 1, from: 'queued', to: 'handling' },
  ],
  attempts: [{ id: 'at-1', taskId: 'tk-1', state: 'done' }],
  deliveries: [
    { id: 'msg-0', taskId: 'tk-1', event: 'task.handling', state: 'skipped' },
    { id: 'msg-1', taskId: 'tk-1', event: 'task.success', state: 'delivered' },
  ],
  callbacks: [CALLBACK],
  submits: ['a boat'],
  outputs: [{ taskId: 'tk-1', key: 'outputs/tk-1/0', bytes: 7 }],
  files: [{ key: 'outputs/tk-1/0', bytes: 7 }],
  outboxRows: 0,
  money: [],
};

/** Each promise, and runs that break it. */
const BROKEN: readonly (readonly [string, string, Partial<Facts>])[] = [
  ['every acknowledged task exists', 'the row is gone', { shown: new Map() }],
  [
    'one order is one task',
    'a key sent again was answered with another task',
    { orders: [{ prompt: 'a boat', answered: ['tk-1', 'tk-2'], mayExist: false, cancel: null }] },
  ],
  [
    'one order is one task',
    'a second row that nobody was told of',
    { tasks: [...GOOD_RUN.tasks, { ...TASK, id: 'tk-2' }] },
  ],
  ['no task comes from nowhere', 'a refused create left a row', { orders: [] }],
  ['every task ends', 'stuck', { tasks: [{ ...TASK, status: 'handling' }] }],
  [
    'the API shows what the row says',
    'another error',
    { shown: new Map([['tk-1', { status: 'success', errorCode: 'TASK_FAILED' }]]) },
  ],
  [
    'a part is shown to nobody',
    'by its id',
    {
      tasks: [{ ...TASK, calls: 2 }, PART],
      shown: new Map([...GOOD_RUN.shown, ['tk-2', { status: 'success', errorCode: null }]]),
    },
  ],
  [
    'a task of several calls ends after its parts',
    'a part goes on, and may be paid for',
    {
      tasks: [
        { ...TASK, calls: 2 },
        { ...PART, status: 'handling' },
      ],
    },
  ],
  [
    'a task ends once, and nothing happens to it afterwards',
    'two ends',
    { events: [...GOOD_RUN.events, { taskId: 'tk-1', version: 3, from: 'success', to: 'fail' }] },
  ],
  [
    'a task ends once, and nothing happens to it afterwards',
    'went on',
    {
      events: [
        ...GOOD_RUN.events,
        { taskId: 'tk-1', version: 3, from: 'success', to: 'archiving' },
      ],
    },
  ],
  [
    'a task ends once, and nothing happens to it afterwards',
    'the history has another end',
    { tasks: [{ ...TASK, status: 'fail' }] },
  ],
  ['a task ends once, and nothing happens to it afterwards', 'no history', { events: [] }],
  ['nobody pays twice', 'two submits', { submits: ['a boat', 'a boat'] }],
  [
    'nobody pays twice',
    'three submits for two calls',
    { tasks: [{ ...TASK, calls: 2 }, PART], submits: ['a boat', 'a boat', 'a boat'] },
  ],
  [
    'a second payment that a task allows has an attempt of its own',
    'two submits of one attempt',
    { tasks: [{ ...TASK, onUnknown: 'retry' }], submits: ['a boat', 'a boat'] },
  ],
  [
    'nothing is submitted that no task asked for',
    'a ghost',
    { submits: ['a boat', 'a ghost ship'] },
  ],
  ['success was paid for', 'no vendor knows', { submits: [] }],
  [
    'a task that was canceled stays so',
    'it succeeded',
    { orders: [{ ...ORDER, cancel: 'canceled' }] },
  ],
  ['every end is told where a callback was asked for', 'nothing came', { callbacks: [] }],
  [
    'every end is told where a callback was asked for',
    'it came, and was never taken',
    { callbacks: [{ ...CALLBACK, taken: false }] },
  ],
  [
    'every callback is signed',
    'a wrong signature',
    { callbacks: [{ ...CALLBACK, signatureIsValid: false }] },
  ],
  [
    'every attempt of a callback has the same bytes',
    'other bytes',
    { callbacks: [CALLBACK, { ...CALLBACK, digest: 'bb' }] },
  ],
  [
    'one change has one webhook-id',
    'two of them',
    { callbacks: [CALLBACK, { ...CALLBACK, webhookId: 'msg-2' }] },
  ],
  [
    'no callback tells what did not happen',
    'a failure that never was',
    { callbacks: [CALLBACK, { ...CALLBACK, status: 'fail', webhookId: 'msg-2' }] },
  ],
  [
    'no callback is left unsent',
    'dead',
    { deliveries: [{ id: 'msg-1', taskId: 'tk-1', event: 'task.success', state: 'dead' }] },
  ],
  ['no slot is leaked', 'still held', { tasks: [{ ...TASK, account: 'bfl:0' }] }],
  [
    'no attempt stays open',
    'seeking',
    { attempts: [{ id: 'at-1', taskId: 'tk-1', state: 'seeking' }] },
  ],
  [
    'nobody waits for a task that has ended',
    'due',
    { tasks: [{ ...TASK, nextActionAt: new Date(0) }] },
  ],
  [
    'nobody waits for a task that has ended',
    'waits for the dispatcher',
    { tasks: [{ ...TASK, dispatchAt: new Date(0) }] },
  ],
  ['the outbox is empty', 'a row', { outboxRows: 1 }],
  ['every success has its bytes', 'no output', { outputs: [] }],
  ['every success has its bytes', 'no file', { files: [] }],
  ['every success has its bytes', 'half a file', { files: [{ key: 'outputs/tk-1/0', bytes: 3 }] }],
  [
    'every file is an output, or is left for the sweep',
    'of a task that never was',
    { files: [...GOOD_RUN.files, { key: 'outputs/tk-2/0', bytes: 7 }] },
  ],
  [
    'every file is an output, or is left for the sweep',
    'a second picture beside the one of a success',
    { files: [...GOOD_RUN.files, { key: 'outputs/tk-1/1', bytes: 7 }] },
  ],
  ['the money adds up', 'a balance that is not', { money: ['tn_1: expected 1, found 2'] }],
];

const offended = (facts: Facts): readonly string[] =>
  audit(facts)
    .filter(({ offences }) => offences.length > 0)
    .map(({ invariant }) => invariant);

describe('the audit of a run', () => {
  it.each(['outputs/tk-1/0', 'outputs/tk-1/answer-1'])(
    'leaves %s of a task that failed to the sweep',
    (key) => {
      const change = {
        tasks: [{ ...TASK, status: 'fail' }],
        outputs: [],
        files: [{ key, bytes: 7 }],
      };

      expect(offended({ ...GOOD_RUN, ...change })).not.toContain(
        'every file is an output, or is left for the sweep',
      );
    },
  );

  it('finds nothing wrong with a run in which every promise was kept', () => {
    expect(offended(GOOD_RUN)).toEqual([]);
  });

  it.each(BROKEN)('sees that "%s" was broken: %s', (invariant, _how, change) => {
    expect(offended({ ...GOOD_RUN, ...change })).toContain(invariant);
  });

  it('has a run that breaks it for every promise', () => {
    const shown = new Set(BROKEN.map(([invariant]) => invariant));

    expect(audit(GOOD_RUN).map(({ invariant }) => invariant)).toEqual([...shown]);
  });

  it('lets a create whose answer was lost have a task or none', () => {
    const lost = { prompt: 'a boat', answered: [], mayExist: true, cancel: null };

    expect(offended({ ...GOOD_RUN, orders: [lost] })).toEqual([]);
  });

  it('lets a task of two calls be paid for each', () => {
    const tasks = [{ ...TASK, calls: 2 }, PART];
    const attempts = ['tk-1', 'tk-2'].map((taskId) => ({ id: taskId, taskId, state: 'done' }));
    const events = [
      ...GOOD_RUN.events,
      { taskId: 'tk-2', version: 1, from: 'handling', to: 'success' },
    ];
    const submits = ['a boat', 'a boat'];

    expect(offended({ ...GOOD_RUN, tasks, attempts, events, submits })).toEqual([]);
  });

  it('lets a task that allows it be paid twice, with an attempt for each', () => {
    const attempts = [1, 2].map((n) => ({ id: `at-${n}`, taskId: 'tk-1', state: 'done' }));
    const tasks = [{ ...TASK, onUnknown: 'retry' }];

    expect(offended({ ...GOOD_RUN, tasks, attempts, submits: ['a boat', 'a boat'] })).toEqual([]);
  });
});
