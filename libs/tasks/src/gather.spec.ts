import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gather, meanProgress } from './gather.js';
import { isFinal, type TaskStatus } from './states.js';
import { makeContext, makeFacts, makeLinked, makeTask, NOON } from './testing/make-task.js';
import type { Task, TaskError } from './task.js';
import type { PartDetail } from './task.store.js';
import type { Transition } from './transition.js';

const LATER = new Date(NOON.getTime() + 60_000);
const SOONER = new Date(NOON.getTime() - 60_000);

const errorOf = (code: TaskError['code'], message = 'no', retryable = false): TaskError => ({
  code,
  message,
  providerCode: null,
  retryable,
});

interface PartFields extends Partial<Task> {
  readonly outputs?: number;
  readonly results?: number;
}

/** Parts of one task, in order. */
function partsOf(...fields: readonly PartFields[]): readonly PartDetail[] {
  return fields.map(({ outputs = 0, results = 1, ...task }, index) => ({
    task: makeTask({ part: { parentId: 'tk-whole', index, results }, ...task }),
    outputs: Array.from({ length: outputs }, (_, place) =>
      makeLinked({ id: `out-${index}-${place}`, index: place, stored: makeFacts() }),
    ),
  }));
}

const usage = (costNanoUsd: number | null) =>
  ({ unit: 'image', quantity: 1, costNanoUsd }) as const;
const WAITING: PartFields = { status: 'queued' };
const RUNNING: PartFields = { status: 'handling', startedAt: NOON };
const ARCHIVING: PartFields = { status: 'archiving', startedAt: NOON, usage: usage(40) };
const SUCCESS: PartFields = {
  status: 'success',
  startedAt: NOON,
  completedAt: NOON,
  outputs: 1,
  usage: usage(40),
};
const FAIL: PartFields = { status: 'fail', startedAt: NOON, error: errorOf('TASK_FAILED') };

const whole = (parts: readonly PartDetail[], fields: Partial<Task> = {}): Task =>
  makeTask({ id: 'tk-whole', parts: parts.length, dispatchAt: null, ...fields });

/** The one next change of a task whose parts are so. */
function nextOf(status: TaskStatus, fields: readonly PartFields[], task: Partial<Task> = {}) {
  const parts = partsOf(...fields);
  return gather(whole(parts, { status, ...task }), parts)?.(makeContext()) ?? null;
}

/** Every change until nothing is left to be said. */
function changesOf(
  parts: readonly PartDetail[],
  fields: Partial<Task> = {},
): readonly Transition[] {
  const changes: Transition[] = [];
  for (let task = whole(parts, fields); ;) {
    const next = gather(task, parts)?.(makeContext());
    if (!next) return changes;
    changes.push(next);
    task = next.to;
  }
}

function endOf(...fields: readonly PartFields[]): Transition {
  const end = changesOf(partsOf(...fields)).at(-1);
  if (!end || !isFinal(end.to.status)) throw new Error('it has not ended');
  return end;
}

describe('gather', () => {
  it.each<[string, TaskStatus, readonly PartFields[], TaskStatus | null]>([
    ['nothing while all wait', 'queued', [WAITING, WAITING], null],
    ['handling with the first that begins', 'queued', [WAITING, RUNNING], 'handling'],
    ['handling before anything else', 'queued', [SUCCESS, SUCCESS], 'handling'],
    ['nothing new while one runs', 'handling', [SUCCESS, RUNNING], null],
    ['nothing while one waits', 'handling', [SUCCESS, WAITING], null],
    [
      'nothing while one failed and others wait',
      'queued',
      [{ ...FAIL, startedAt: null }, WAITING],
      null,
    ],
    ['archiving when no vendor is at work', 'handling', [ARCHIVING, FAIL], 'archiving'],
    ['nothing while one archives', 'archiving', [SUCCESS, ARCHIVING], null],
    ['archiving before the success', 'handling', [SUCCESS, FAIL], 'archiving'],
    ['success with at least one', 'archiving', [SUCCESS, FAIL], 'success'],
    ['fail without any', 'handling', [FAIL, FAIL], 'fail'],
    ['fail of what came and could not be kept', 'archiving', [FAIL, FAIL], 'fail'],
    ['fail of what never began', 'queued', [{ ...FAIL, startedAt: null }], 'fail'],
    ['nothing once it has ended', 'success', [SUCCESS, SUCCESS], null],
  ])('%s', (_, status, parts, expected) => {
    expect(nextOf(status, parts)?.to.status ?? null).toBe(expected);
  });

  it('says nothing while a part is missing', () => {
    const parts = partsOf(SUCCESS, SUCCESS);

    expect(gather(whole(parts, { parts: 3, status: 'archiving' }), parts)).toBeNull();
  });

  it('tells every status on the way, with one callback each', () => {
    const callback = { url: 'https://your.example/hook', when: 'all' } as const;

    const changes = changesOf(partsOf(SUCCESS, FAIL), { callback });

    expect(changes.map(({ to, delivery }) => [to.status, delivery?.event])).toEqual([
      ['handling', 'task.handling'],
      ['archiving', 'task.archiving'],
      ['success', 'task.success'],
    ]);
  });

  it('shows outputs in the order of the parts, and what is missing', () => {
    const callback = { url: 'https://your.example/hook', when: 'final' } as const;
    const failure = { code: 'CONTENT_REJECTED', message: 'not this one' } as const;
    const parts = partsOf(
      { ...SUCCESS, results: 2, outputs: 2 },
      { ...FAIL, results: 2, error: { ...errorOf('TASK_FAILED'), providerCode: 'E1' } },
      { ...SUCCESS, results: 2, partial: { requested: 2, delivered: 1, failures: [failure] } },
      { ...SUCCESS, results: 2 },
    );

    const end = changesOf(parts, { callback }).at(-1);

    expect(end?.gathered?.taken).toEqual([
      { id: 'out-0-0', index: 0 },
      { id: 'out-0-1', index: 1 },
      { id: 'out-2-0', index: 2 },
      { id: 'out-3-0', index: 3 },
    ]);
    const missing = { code: 'TASK_FAILED', message: 'no', providerCode: 'E1' };
    expect(end?.to.partial).toEqual({
      requested: 8,
      delivered: 4,
      failures: [
        { index: 2, ...missing },
        { index: 3, ...missing },
        failure,
        { code: 'TASK_FAILED', message: expect.stringContaining('fewer results') },
      ],
    });
    const body: unknown = JSON.parse(end?.delivery?.body ?? '');
    expect(body).toMatchObject({ status: 'success', partial: { requested: 8, delivered: 4 } });
  });

  it('has no partial when everything came', () => {
    expect(endOf(SUCCESS, SUCCESS).to.partial).toBeNull();
  });

  it('adds up what was used, and knows no cost where one is unknown', () => {
    expect(endOf(SUCCESS, SUCCESS, FAIL).to.usage).toEqual({ ...usage(80), quantity: 2 });
    expect(endOf(SUCCESS, { ...SUCCESS, usage: usage(null) }).to.usage?.costNanoUsd).toBeNull();
    expect(endOf(FAIL, FAIL).to.usage).toBeNull();
  });

  it('charges what came alone, whatever the vendor may charge for the rest', () => {
    const lost = { ...FAIL, error: errorOf('SUBMISSION_UNKNOWN'), lostCalls: 1 };
    const unkept = { ...FAIL, usage: usage(40) };

    expect(endOf(SUCCESS, lost, unkept).to.usage).toEqual(usage(40));
    expect(endOf(FAIL, unkept).to.usage).toEqual(usage(40));
  });

  it.each<[string, readonly TaskError[], Partial<TaskError>]>([
    [
      'the same error of all is the error',
      [errorOf('CONTENT_REJECTED', 'one'), errorOf('CONTENT_REJECTED', 'two')],
      { code: 'CONTENT_REJECTED', message: 'one' },
    ],
    [
      'what the caller can change comes before what failed',
      [errorOf('TASK_FAILED', 'one', true), errorOf('CONTENT_REJECTED', 'two')],
      {
        code: 'CONTENT_REJECTED',
        message: 'two (of 2 calls: 1 CONTENT_REJECTED, 1 TASK_FAILED)',
        retryable: false,
      },
    ],
    [
      'what may have been paid comes before everything',
      [errorOf('CONTENT_REJECTED', 'one'), errorOf('SUBMISSION_UNKNOWN', 'two')],
      { code: 'SUBMISSION_UNKNOWN' },
    ],
    [
      'only what may be repeated as a whole is retryable',
      [errorOf('TASK_TIMEOUT', 'late', true), errorOf('TASK_TIMEOUT', 'late', true)],
      { code: 'TASK_TIMEOUT', retryable: true },
    ],
  ])('%s', (_, errors, expected) => {
    const end = endOf(...errors.map((error) => ({ ...FAIL, error })));

    expect(end.to.error).toMatchObject(expected);
  });

  it('never hides an unknown submission, neither in a success nor in a fail', () => {
    const unknown = { ...FAIL, error: errorOf('SUBMISSION_UNKNOWN') };

    for (const others of [[SUCCESS], [FAIL]])
      expect(endOf(...others, unknown).to.partial?.failures).toContainEqual(
        expect.objectContaining({ index: 1, code: 'SUBMISSION_UNKNOWN' }),
      );
  });

  it.each<[string, readonly PartFields[], TaskStatus, string | undefined]>([
    ['nothing came', [FAIL, FAIL], 'fail', 'TASK_CANCELED'],
    ['all had come before', [SUCCESS, SUCCESS], 'fail', 'TASK_CANCELED'],
    ['one came in spite of it', [{ ...SUCCESS, completedAt: LATER }, FAIL], 'success', undefined],
  ])('ends a task whose cancel was requested by what came since: %s', (_, fields, status, code) => {
    const parts = partsOf(...fields);

    const end = changesOf(parts, { cancelRequestedAt: new Date(NOON.getTime() + 1) }).at(-1);

    expect([end?.to.status, end?.to.error?.code]).toEqual([status, code]);
    const dropped = status === 'fail' ? parts.map(({ task }) => task.id) : [];
    expect(end?.gathered?.droppedOf).toEqual(dropped);
  });
});

describe('meanProgress', () => {
  it.each<[readonly PartFields[], number]>([
    [[WAITING, WAITING], 0],
    [[{ ...RUNNING, progress: 50 }, WAITING], 25],
    [[SUCCESS, { ...RUNNING, progress: 10 }, FAIL], 70],
    [[SUCCESS, SUCCESS], 99],
  ])('of %j is %d', (fields, expected) => {
    expect(meanProgress(partsOf(...fields).map(({ task }) => task))).toBe(expected);
  });
});

const STATUSES: readonly TaskStatus[] = ['queued', 'handling', 'archiving', 'success', 'fail'];

const anyPart = record({
  status: constantFrom(...STATUSES),
  results: integer({ min: 1, max: 4 }),
  made: integer({ min: 1, max: 4 }),
  code: constantFrom<TaskError['code']>('TASK_FAILED', 'CONTENT_REJECTED', 'SUBMISSION_UNKNOWN'),
  cost: option(integer({ min: 0, max: 1_000 })),
  isLate: boolean(),
}).map(({ status, results, made, code, cost, isLate }): PartFields => {
  const hasBegun = status !== 'queued';
  return {
    status,
    results,
    startedAt: hasBegun ? NOON : null,
    completedAt: isFinal(status) ? (isLate ? LATER : SOONER) : null,
    ...(status === 'fail' && { error: errorOf(code) }),
    ...(status === 'success' && { outputs: Math.min(made, results), usage: usage(cost) }),
  };
});

function expectLaws(
  parts: readonly PartDetail[],
  changes: readonly Transition[],
  isCanceled: boolean,
): void {
  const calls = parts.map(({ task }) => task);
  const end = changes.at(-1)?.to;
  const hasEnded = end !== undefined && isFinal(end.status);
  expect(hasEnded).toBe(calls.every(({ status }) => isFinal(status)));
  expect(changes.filter(({ to }) => isFinal(to.status))).toHaveLength(hasEnded ? 1 : 0);
  if (!hasEnded) return;
  const won = calls.filter(({ status }) => status === 'success');
  expect(won.length > 0 || end.status === 'fail').toBe(true);
  expect(won.length === 0 || isCanceled || end.status === 'success').toBe(true);
  const taken = changes.at(-1)?.gathered?.taken ?? [];
  expect(taken.map(({ index }) => index)).toEqual(taken.map((_, index) => index));
  const all = parts.flatMap(({ outputs }) => outputs.map(({ id }) => id));
  expect(taken.map(({ id }) => id)).toEqual(end.status === 'success' ? all : []);
  const requested = calls.reduce((sum, { part }) => sum + (part?.results ?? 0), 0);
  expect(taken.length + (end.partial?.failures.length ?? 0)).toBe(requested);
  expect(end.partial?.requested ?? requested).toBe(requested);
  const costs = won.map((call) => call.usage?.costNanoUsd ?? null);
  const cost = costs.includes(null)
    ? null
    : costs.reduce((sum, one) => Number(sum) + Number(one), 0);
  const used = won.length === 0 ? null : { unit: 'image', quantity: won.length, costNanoUsd: cost };
  expect(end.usage).toEqual(used);
  const unknown = calls.filter(({ error }) => error?.code === 'SUBMISSION_UNKNOWN');
  const told = end.partial?.failures.filter(({ code }) => code === 'SUBMISSION_UNKNOWN') ?? [];
  expect(told.length).toBeGreaterThanOrEqual(unknown.length);
}

describe('what gather always keeps', () => {
  it('ends when all parts have, and not before; adds up; keeps the order; hides nothing', () => {
    const laws = property(
      array(anyPart, { minLength: 2, maxLength: 10 }),
      boolean(),
      (fields, isCanceled) => {
        const parts = partsOf(...fields);
        const changes = changesOf(parts, { cancelRequestedAt: isCanceled ? NOON : null });

        expectLaws(parts, changes, isCanceled);
      },
    );

    assert(laws, { numRuns: 1_000, seed: 20_261_123 });
  });
});
