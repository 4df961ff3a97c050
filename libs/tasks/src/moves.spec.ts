import { describe, expect, it } from 'vitest';
import {
  accepted,
  archived,
  archiveLater,
  begin,
  canceled,
  failed,
  type MoveContext,
  retryLater,
  vendorDone,
} from './moves.js';
import { presentTask } from './present-task.js';
import type { Task, TaskError } from './task.js';
import {
  FAR_FUTURE,
  makeContext,
  makeFacts,
  makeLinked,
  makeNewAttempt,
  makeTask,
  NOON,
} from './testing/make-task.js';
import type { Transition } from './transition.js';

const LATER = new Date('2026-06-01T12:00:30.000Z');
const ATTEMPT = makeNewAttempt();
const ERROR: TaskError = {
  code: 'TASK_FAILED',
  message: 'No.',
  providerCode: null,
  retryable: false,
};
const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 40_000_000 } as const;
const OUTPUTS = [makeLinked({ stored: makeFacts() })];
const JOB = { handle: { job: 'j-1' }, vendorId: 'j-1', firstCheckAt: LATER };
const context = makeContext();

/** Every move, from a state that it starts in. */
const MOVES: readonly [string, Task['status'], (task: Task, context: MoveContext) => Transition][] =
  [
    ['begin', 'queued', (task, at) => begin(task, ATTEMPT, at)],
    ['accepted', 'handling', (task, at) => accepted(task, ATTEMPT, JOB, at)],
    [
      'vendorDone',
      'handling',
      (task, at) => vendorDone(task, ATTEMPT, { outputs: OUTPUTS, usage: USAGE }, at),
    ],
    ['archived', 'archiving', (task, at) => archived(task, OUTPUTS, at)],
    ['failed', 'handling', (task, at) => failed(task, ERROR, at)],
    [
      'retryLater',
      'handling',
      (task, at) => retryLater(task, { id: ATTEMPT.id, state: 'failed' }, LATER, at),
    ],
    ['archiveLater', 'archiving', (task, at) => archiveLater(task, 'archive: stalled', LATER, at)],
  ];

describe('every move', () => {
  it.each(MOVES)(
    '%s from %s adds one to the version and names its cause and time',
    (_, status, make) => {
      const task = makeTask({ status, version: 7 });

      const move = make(task, context);

      expect(move).toMatchObject({ from: task, at: NOON });
      expect(move.to.version).toBe(8);
      expect(move.cause).not.toBe('');
    },
  );

  it.each(MOVES)('%s leaves what it is not about as it was', (_, status, make) => {
    const task = makeTask({ status });
    const { id, tenantId, input, request, metadata, createdAt, deadlineAt, callback } = task;

    expect(make(task, context).to).toMatchObject({
      id,
      tenantId,
      input,
      request,
      metadata,
      createdAt,
      deadlineAt,
      callback,
    });
  });

  it.each(MOVES)(
    '%s tells when somebody must look again, unless the task is over',
    (_, status, make) => {
      const { to, nextActionAt } = make(makeTask({ status }), context);

      expect(nextActionAt === null).toBe(to.status === 'success' || to.status === 'fail');
    },
  );

  it.each(
    MOVES.flatMap(([name, , make]) =>
      (['success', 'fail'] as const).map((final) => [name, final, make] as const),
    ),
  )('%s does not start from %s', (_, status, make) => {
    expect(() => make(makeTask({ status }), context)).toThrow(/^No move from/);
  });

  it.each([
    ['archived', 'queued', MOVES[3]?.[2]],
    ['archived', 'handling', MOVES[3]?.[2]],
    ['vendorDone', 'queued', MOVES[2]?.[2]],
    ['begin', 'archiving', MOVES[0]?.[2]],
  ] as const)('%s does not start from %s', (_, status, make) => {
    expect(() => make?.(makeTask({ status }), context)).toThrow(/^No move from/);
  });
});

describe('begin', () => {
  it('writes the attempt and keeps the time of the first one', () => {
    const first = begin(makeTask(), ATTEMPT, context);
    const second = begin({ ...first.to, version: 2 }, ATTEMPT, makeContext(LATER));

    expect(first).toMatchObject({ newAttempt: ATTEMPT, nextActionAt: FAR_FUTURE, rings: [] });
    expect(first.to).toMatchObject({ status: 'handling', startedAt: NOON });
    expect(second.to).toMatchObject({ status: 'handling', startedAt: NOON });
  });
});

describe('accepted', () => {
  it('records the job and rings for its first check', () => {
    const move = accepted(makeTask({ status: 'handling' }), ATTEMPT, JOB, context);

    expect(move.attempt).toEqual({
      id: ATTEMPT.id,
      state: 'submitted',
      handle: { job: 'j-1' },
      vendorId: 'j-1',
      submittedAt: NOON,
      nextCheckAt: LATER,
    });
    expect(move.rings).toEqual([{ step: 'check', subject: ATTEMPT.id, ring: '0', dueAt: LATER }]);
    expect(move.to.status).toBe('handling');
  });
});

describe('vendorDone', () => {
  it('notes usage and outputs and rings for the archive, now', () => {
    const task = makeTask({ status: 'handling', version: 2 });

    const move = vendorDone(task, ATTEMPT, { outputs: OUTPUTS, usage: USAGE }, context);

    expect(move.to).toMatchObject({ status: 'archiving', usage: USAGE, completedAt: null });
    expect(move.outputs).toEqual(OUTPUTS);
    expect(move.attempt).toEqual({ id: ATTEMPT.id, state: 'done', finishedAt: NOON });
    expect(move.rings).toEqual([{ step: 'archive', subject: task.id, ring: '3', dueAt: NOON }]);
  });
});

describe('archived', () => {
  it('completes the task', () => {
    const move = archived(makeTask({ status: 'archiving', progress: 40 }), OUTPUTS, context);

    expect(move.to).toMatchObject({ status: 'success', progress: 100, completedAt: NOON });
    expect(move).toMatchObject({ outputs: OUTPUTS, nextActionAt: null, rings: [] });
  });
});

describe('failed', () => {
  it('ends the task and the attempt that is still open', () => {
    const change = { id: ATTEMPT.id, state: 'unknown', error: 'deadline' } as const;

    const move = failed(makeTask({ status: 'handling' }), ERROR, context, change);

    expect(move.to).toMatchObject({ status: 'fail', error: ERROR, completedAt: NOON });
    expect(move).toMatchObject({
      cause: 'TASK_FAILED',
      attempt: change,
      nextActionAt: null,
      rings: [],
    });
  });

  it('changes no attempt where none is open', () => {
    expect(failed(makeTask(), ERROR, context)).not.toHaveProperty('attempt');
  });
});

describe('retryLater and archiveLater', () => {
  it('give the slot back and wait for the dispatcher until it is due', () => {
    const task = makeTask({ status: 'handling', version: 4, account: 'fake:1', dispatchAt: null });
    const end = { id: ATTEMPT.id, state: 'failed', error: '429' } as const;

    const move = retryLater(task, end, LATER, context);

    expect(move).toMatchObject({
      to: { account: null, dispatchAt: LATER },
      nextActionAt: FAR_FUTURE,
      attempt: { state: 'failed', error: '429' },
    });
    expect(move.rings).toEqual([]);
    expect(move.cause).toContain(LATER.toISOString());
  });

  it('ring for another archive and count the try', () => {
    const task = makeTask({ status: 'archiving', version: 4, archiveTries: 1 });

    const move = archiveLater(task, 'archive: stalled', LATER, context);

    expect(move.to).toMatchObject({ status: 'archiving', archiveTries: 2 });
    expect(move).toMatchObject({ cause: 'archive: stalled', nextActionAt: LATER });
    expect(move.rings).toEqual([{ step: 'archive', subject: task.id, ring: '5', dueAt: LATER }]);
  });
});

describe('the callback of a move', () => {
  const url = 'https://your.example/hook';
  const told = (when: 'final' | 'all' | null, [, status, make]: (typeof MOVES)[number]) =>
    make(makeTask({ status, callback: when && { url, when } }), context).delivery;

  it.each(MOVES)('%s tells nobody who did not ask', (...move) => {
    expect(told(null, move)).toBeUndefined();
  });

  it.each([
    ['begin', undefined, 'task.handling'],
    ['accepted', undefined, undefined],
    ['vendorDone', undefined, 'task.archiving'],
    ['archived', 'task.success', 'task.success'],
    ['failed', 'task.fail', 'task.fail'],
    ['retryLater', undefined, undefined],
    ['archiveLater', undefined, undefined],
  ])('%s is %s for `final` and %s for `all`', (name, final, all) => {
    const move = MOVES.find(([known]) => known === name);

    expect(move && told('final', move)?.event).toBe(final);
    expect(move && told('all', move)?.event).toBe(all);
  });

  it('is the detail at the transition, frozen, and waits for no ring', () => {
    const task = makeTask({ status: 'archiving', version: 3, callback: { url, when: 'final' } });

    const { to, delivery, rings } = archived(task, OUTPUTS, context);

    expect(delivery).toMatchObject({
      taskId: task.id,
      tenantId: task.tenantId,
      event: 'task.success',
      sequence: 4,
      url,
      state: 'pending',
      attempts: 0,
      nextAttemptAt: NOON,
    });
    expect(delivery?.body).toBe(JSON.stringify(presentTask(to, OUTPUTS, context.link)));
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ status: 'success', output: [{}] });
    expect(rings).toEqual([]);
  });

  it('never names the URL that it is sent to', () => {
    const task = makeTask({ callback: { url, when: 'final' } });

    expect(failed(task, ERROR, context).delivery?.body).not.toContain(url);
  });
});

describe('what the vendor may charge for nothing', () => {
  const task = makeTask({ status: 'handling', lostCalls: 1 });
  const unknown = { id: ATTEMPT.id, state: 'unknown' } as const;
  const refused = { id: ATTEMPT.id, state: 'failed' } as const;

  it.each<[string, Transition, number]>([
    ['a refusal', failed(task, ERROR, context, refused), 1],
    ['a refusal that is tried again', retryLater(task, refused, LATER, context), 1],
    ['a failure that may be charged', failed(task, { ...ERROR, mayBeCharged: true }, context), 2],
    ['an outcome that nobody knows', failed(task, ERROR, context, unknown), 2],
    [
      'an outcome that nobody knows, told twice',
      failed(task, { ...ERROR, mayBeCharged: true }, context, unknown),
      2,
    ],
    ['an outcome that nobody knows, tried again', retryLater(task, unknown, LATER, context), 2],
    ['a cancel at work', canceled(task, { message: 'No.', mayBeCharged: true }, context), 2],
    ['a cancel in time', canceled(task, { message: 'No.' }, context), 1],
  ])('counts %s', (_, { to }, lostCalls) => {
    expect(to.lostCalls).toBe(lostCalls);
    expect(to.error ?? {}).not.toHaveProperty('mayBeCharged');
  });
});

describe('what the ledger is told', () => {
  it.each(MOVES)('%s tells it something at the end alone', (_, status, make) => {
    const { to, transfers } = make(makeTask({ status }), context);

    expect(transfers !== undefined).toBe(to.status === 'success' || to.status === 'fail');
  });

  it('is nothing of a part', () => {
    const part = makeTask({
      status: 'handling',
      part: { parentId: 'tk-1', index: 0, results: 1 },
    });

    expect(failed(part, ERROR, context).transfers).toBeUndefined();
  });
});
