import {
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  InMemoryDueWork,
  NOON,
  workbench,
} from '@app/tasks/testing';
import { describe, expect, it } from 'vitest';
import { DeadlineDuty } from './deadline.duty.js';

function bench() {
  const made = workbench();
  return { ...made, work: new InMemoryDueWork(made.store) };
}

/** Due work that names these tasks, whatever became of them. */
class StaleWork extends InMemoryDueWork {
  constructor(
    store: ReturnType<typeof bench>['store'],
    private readonly late: readonly string[],
  ) {
    super(store);
  }

  override async pastDeadline(): Promise<readonly string[]> {
    return this.late;
  }
}

describe('DeadlineDuty', () => {
  const late = { deadlineAt: new Date(NOON.getTime() + 600_000) };

  it('ends what is not finished, whatever it was waiting for', async () => {
    const { work, tools, harness, store } = bench();
    const tasks = [
      await createQueued(harness, late),
      (await createSubmitted(harness, late)).task,
      (await createArchiving(harness, late)).task,
    ];

    const more = await new DeadlineDuty(work, tools).runOnce();

    expect(more).toBe(false);
    for (const { id } of tasks) {
      expect(await store.find(id)).toMatchObject({
        status: 'fail',
        error: {
          code: 'TASK_TIMEOUT',
          message: expect.stringContaining('not finished within its deadline of 600 s.'),
        },
      });
    }
  });

  it('calls only a task retryable whose vendor was not asked', async () => {
    const { work, tools, harness, store } = bench();
    const queued = await createQueued(harness, late);
    const asked = [
      (await createSubmitting(harness, late)).task,
      (await createSubmitted(harness, late)).task,
      (await createArchiving(harness, late)).task,
    ];

    await new DeadlineDuty(work, tools).runOnce();

    expect(await store.find(queued.id)).toMatchObject({ error: { retryable: true } });
    for (const { id } of asked) {
      expect(await store.find(id)).toMatchObject({
        error: { retryable: false, message: expect.stringContaining('be charged for') },
      });
    }
  });

  it('says of an attempt what is known of it', async () => {
    const { work, tools, harness, store } = bench();
    const asked = await createSubmitted(harness, late);
    const asking = await createSubmitting(harness, late);

    await new DeadlineDuty(work, tools).runOnce();

    expect(store.attempts.get(asked.attempt.id)).toMatchObject({ state: 'failed' });
    expect(store.attempts.get(asking.attempt.id)).toMatchObject({ state: 'unknown' });
  });

  it('leaves alone what has time, and what is over', async () => {
    const { work, tools, harness, store } = bench();
    const inTime = await createQueued(harness);
    const over = await createQueued(harness, late);
    const duty = new DeadlineDuty(work, tools);
    await duty.runOnce();
    const ended = await store.find(over.id);

    await duty.runOnce();

    expect(await store.find(inTime.id)).toEqual(inTime);
    expect(await store.find(over.id)).toEqual(ended);
    expect(store.eventsOf(over.id)).toHaveLength(2);
  });

  it('passes over a task that ended between the look and the move', async () => {
    const { tools, harness, store } = bench();
    const { id } = await createQueued(harness, late);
    const work = new StaleWork(store, [id, 'tk-gone', id]);

    await new DeadlineDuty(work, tools).runOnce();

    expect(store.eventsOf(id)).toHaveLength(2);
  });

  it('says that there is more after a full batch', async () => {
    const { tools, store } = bench();
    const late100 = Array.from({ length: 100 }, (_, index) => `tk-${index}`);
    const work = new StaleWork(store, late100);

    expect(await new DeadlineDuty(work, tools).runOnce()).toBe(true);
  });
});
