import { describe, expect, it } from 'vitest';
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
    const { task } = retryTask(failed, LATER);

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

  it('gives it as much time as the first had, and its place', () => {
    const { task } = retryTask(failed, LATER);

    expect(Number(task.deadlineAt) - Number(LATER)).toBe(60_000);
    expect(Number(LATER) - Number(task.sortAt)).toBe(900_000);
  });

  it.each(['queued', 'handling', 'archiving', 'success'] as const)(
    'refuses a task that is %s',
    (status) => {
      expect(() => retryTask({ ...failed, status }, LATER)).toThrow(`status ${status}`);
    },
  );
});
