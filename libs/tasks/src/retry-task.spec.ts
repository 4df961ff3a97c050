import { describe, expect, it } from 'vitest';
import { withCalls } from './new-task.js';
import { retryTask } from './retry-task.js';
import { makeTask, NOON } from './testing/make-task.js';

const LATER = new Date(NOON.getTime() + 7_200_000);
const failed = makeTask({
  status: 'fail',
  version: 7,
  priority: 'high',
  progress: 40,
  completedAt: NOON,
  deadlineAt: new Date(NOON.getTime() + 60_000),
  error: { code: 'TASK_FAILED', message: 'no', providerCode: null, retryable: true },
});

describe('retryTask', () => {
  it('makes a new queued task of a failed one and says which', () => {
    const { task } = retryTask(failed, [], LATER);

    expect(task).toMatchObject({
      status: 'queued',
      version: 0,
      progress: 0,
      createdAt: LATER,
      dispatchAt: LATER,
      completedAt: null,
      error: null,
      retryOf: failed.id,
      request: failed.request,
      metadata: failed.metadata,
    });
    expect(task.id).not.toBe(failed.id);
  });

  it('holds what the first one held, under its own id, and forgets what that one came to', () => {
    const hold = { nanoUsd: 50, priceVersion: 'v1' };
    const usage = { unit: 'image', quantity: 1, costNanoUsd: 40 } as const;
    const before = { ...failed, keyId: 'key_1', hold, usage, pricedBy: 'v1', lostCalls: 2 };

    const again = retryTask(before, [], LATER);

    expect(again.hold).toMatchObject({ subject: again.task.id, kind: 'hold', amountNanoUsd: 50 });
    expect(again.task).toMatchObject({ hold, usage: null, pricedBy: null, lostCalls: 0 });
    expect(retryTask(failed, [], LATER)).not.toHaveProperty('hold');
  });

  it('gives it as much time as the first had, and its place', () => {
    const { task } = retryTask(failed, [], LATER);

    expect(Number(task.deadlineAt) - Number(LATER)).toBe(60_000);
    expect(Number(LATER) - Number(task.sortAt)).toBe(900_000);
  });

  it('makes every call of one that took several again, in order', () => {
    const { task: parent, parts = [] } = withCalls(makeTask(), [
      { input: { seed: 1 }, request: { seed: 1 }, media: [], results: 1 },
      { input: { seed: 2 }, request: { seed: 2 }, media: [], results: 1 },
    ]);

    const again = retryTask({ ...parent, status: 'fail' }, parts, LATER);

    expect(again.task).toMatchObject({ parts: 2, retryOf: parent.id, dispatchAt: null });
    expect(again.parts?.map(({ request }) => request)).toEqual([{ seed: 1 }, { seed: 2 }]);
    for (const part of again.parts ?? [])
      expect(part).toMatchObject({
        dispatchAt: LATER,
        retryOf: null,
        part: { parentId: again.task.id },
      });
    expect(parts.map(({ id }) => id)).not.toContain(again.parts?.[0]?.id);
  });

  it('refuses one whose calls are not kept any more', () => {
    const forgotten = makeTask({ status: 'fail', parts: 2 });

    expect(() => retryTask(forgotten, [], LATER)).toThrow('too old');
  });

  it.each(['queued', 'handling', 'archiving', 'success'] as const)(
    'refuses a task that is %s',
    (status) => {
      expect(() => retryTask({ ...failed, status }, [], LATER)).toThrow(`status ${status}`);
    },
  );
});
