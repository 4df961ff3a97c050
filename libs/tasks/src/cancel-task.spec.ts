import { describe, expect, it } from 'vitest';
import {
  createAdmitted,
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
} from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';

describe('CancelTask', () => {
  it.each([
    ['waits', async (harness: Parameters<typeof createQueued>[0]) => await createQueued(harness)],
    [
      'is admitted',
      async (harness: Parameters<typeof createQueued>[0]) => await createAdmitted(harness),
    ],
    [
      'archives',
      async (harness: Parameters<typeof createQueued>[0]) => (await createArchiving(harness)).task,
    ],
  ])('ends a task that %s, and gives its slot back', async (_, create) => {
    const { harness, cancel, store, signals } = workbench();
    const { id } = await create(harness);

    expect(await cancel.cancel('tn_1', id)).toBe('canceled');

    expect(await store.find(id)).toMatchObject({
      status: 'fail',
      account: null,
      dispatchAt: null,
      cancelRequestedAt: expect.any(Date) as Date,
      error: { code: 'TASK_CANCELED', retryable: false },
    });
    expect(signals.told).toEqual([id]);
    expect(await cancel.cancel('tn_1', id)).toBe('already_finished');
  });

  it('changes nothing at a vendor that cannot stop jobs', async () => {
    const { harness, cancel, store } = workbench();
    const { task } = await createSubmitted(harness);

    expect(await cancel.cancel('tn_1', task.id)).toBe('not_supported');

    expect(await store.find(task.id)).toEqual(task);
  });

  it('rings for a look at a job that the vendor can stop, once', async () => {
    const { harness, cancel, store, vendor } = workbench();
    vendor.stopsJobs();
    const { task, attempt } = await createSubmitted(harness);
    store.rings.length = 0;

    expect(await cancel.cancel('tn_1', task.id)).toBe('requested');
    expect(await cancel.cancel('tn_1', task.id)).toBe('requested');

    expect(store.rings).toMatchObject([{ step: 'check', subject: attempt.id }]);
    expect(store.attempts.get(attempt.id)).toMatchObject({ state: 'submitted' });
  });

  it('leaves the lease of a call that is under way, whose answer is then recorded', async () => {
    const { harness, cancel, store, vendor, submit } = workbench();
    vendor.stopsJobs();
    const task = await createAdmitted(harness);
    vendor.onSubmit = async () => {
      expect(await cancel.cancel('tn_1', task.id)).toBe('requested');
      return { state: 'accepted', handle: { job: 'j-1' }, vendorId: 'j-1' };
    };

    await submit.run(task.id, running());

    expect([...store.attempts.values()]).toMatchObject([{ state: 'submitted' }]);
    expect((await store.find(task.id))?.cancelRequestedAt).not.toBeNull();
  });

  it('knows no task of another tenant', async () => {
    const { harness, cancel } = workbench();
    const { task } = await createSubmitting(harness);

    expect(await cancel.cancel('tn_2', task.id)).toBeNull();
    expect(await cancel.cancel('tn_1', 'tk-none')).toBeNull();
  });
});
