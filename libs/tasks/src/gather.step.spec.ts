import { ProviderError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { failed } from './moves.js';
import { makeContext } from './testing/make-task.js';
import { admission, createWithParts } from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';
import type { Task } from './task.js';

const ERROR = { code: 'TASK_FAILED', message: 'no', providerCode: null, retryable: false } as const;

async function bench() {
  const made = workbench();
  const { task, parts } = await createWithParts(made.harness, { deadlineAt: new Date(0) });
  const run = async () => await made.gather.run(task.id, running());
  const gathersDue = async () =>
    (await made.work.overdue(new Date(8e12), 100)).filter(({ step }) => step === 'gather');
  const partAt = (index: number): Task => {
    const part = parts[index];
    if (!part) throw new Error(`no part ${index}`);
    return part;
  };
  return { ...made, task, parts, partAt, run, gathersDue };
}

describe('GatherStep', () => {
  it('leaves a task alone while nothing has happened, and one of one call', async () => {
    const { store, run, task, gather } = await bench();

    await run();
    await gather.run('tk-unknown', running());

    expect(await store.find(task.id)).toEqual(task);
  });

  it('takes note of what it has gathered, and tells whoever waits', async () => {
    const { store, run, task, parts, gathersDue, signals } = await bench();
    for (const part of parts) await store.apply(failed(part, ERROR, makeContext()));
    expect(await gathersDue()).toHaveLength(3);

    await run();

    expect(await store.find(task.id)).toMatchObject({ status: 'fail', error: ERROR });
    expect(signals.told).toContain(task.id);
    expect(await gathersDue()).toEqual([]);
  });

  it('shows how far the parts are on average', async () => {
    const { store, run, task, partAt } = await bench();
    const from = partAt(0);
    const to = { ...from, status: 'handling', version: 1, progress: 60 } as const;
    await store.apply({ from, to, at: new Date(), cause: 'begins', nextActionAt: from.deadlineAt });

    await run();

    expect(await store.find(task.id)).toMatchObject({ status: 'handling', progress: 20 });
  });

  it('goes on with a cancel whose process died', async () => {
    const { store, run, task, parts } = await bench();
    const to = { ...task, version: 1, cancelRequestedAt: new Date() };
    await store.apply({ from: task, to, at: new Date(), cause: 'wish', nextActionAt: null });

    await run();
    await run();

    expect(await store.find(task.id)).toMatchObject({ error: { code: 'TASK_CANCELED' } });
    for (const { id } of parts)
      expect(await store.find(id)).toMatchObject({ error: { code: 'TASK_CANCELED' } });
  });

  it('keeps no part waiting for an operator once the vendor refused the account', async () => {
    const { store, run, task, parts, partAt } = await bench();
    const refused = { ...ERROR, code: 'MODEL_UNAVAILABLE', message: 'HTTP 401' } as const;
    await store.apply(failed(partAt(1), refused, makeContext()));

    await run();
    await run();

    for (const { id } of parts) expect(await store.find(id)).toMatchObject({ error: refused });
    expect(await store.find(task.id)).toMatchObject({ status: 'fail', error: refused });
  });

  it('stops the parts of a task that ended without them', async () => {
    const { store, run, task, parts } = await bench();
    await store.apply(failed(task, ERROR, makeContext()));

    await run();

    for (const { id } of parts) expect(await store.find(id)).toMatchObject({ status: 'fail' });
    expect(await store.find(task.id)).toMatchObject({ error: ERROR });
  });
});

describe('a task of several calls', () => {
  it('is never sent and never archived itself', async () => {
    const { store, task, submit, archive, vendor } = await bench();

    await submit.run(task.id, running());
    await archive.run(task.id, running());

    expect(await store.find(task.id)).toEqual(task);
    expect(vendor.submits).toEqual([]);
  });

  it('ends at its deadline after its parts', async () => {
    const { store, task, parts, overdue } = await bench();

    await overdue.run(task.id, running());

    for (const { id } of parts)
      expect(await store.find(id)).toMatchObject({ error: { code: 'TASK_TIMEOUT' } });
    expect(await store.find(task.id)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_TIMEOUT', retryable: true },
    });
  });

  it('counts as one that has finished', async () => {
    const { metrics, overdue, task } = await bench();
    const finished = async () => {
      const { values } = await metrics.tasksFinished.get();
      return values.reduce((sum, { value }) => sum + value, 0);
    };
    const before = await finished();

    await overdue.run(task.id, running());

    expect((await finished()) - before).toBe(1);
  });

  it('is canceled with all its parts while none is sent, once', async () => {
    const { store, task, parts, cancel } = await bench();

    expect(await cancel.cancel('tn_1', task.id)).toBe('canceled');
    expect(await cancel.cancel('tn_1', task.id)).toBe('already_finished');

    expect(await store.find(task.id)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_CANCELED', retryable: false },
    });
    for (const { id } of parts) expect(await store.find(id)).toMatchObject({ status: 'fail' });
  });

  it('is canceled but for the part that its vendor goes on with, and ends with that', async () => {
    const { store, task, parts, partAt, cancel, submit, check, archive, vendor, gather } =
      await bench();
    await store.apply(admission(partAt(1)));
    await submit.run(partAt(1).id, running());

    expect(await cancel.cancel('tn_1', task.id)).toBe('requested');

    const statuses = async () =>
      (await store.partsOf(task.id)).map((part) => part.task.error?.code ?? part.task.status);
    expect(await statuses()).toEqual(['TASK_CANCELED', 'handling', 'TASK_CANCELED']);
    expect(await cancel.cancel('tn_1', task.id)).toBe('not_supported');
    const url = 'https://vendor.example/1.png';
    vendor.onCheck = async () => ({
      state: 'done',
      outputs: [{ from: 'url', url, expiresAt: 4e12 }],
      usage: { unit: 'image', quantity: 1, costNanoUsd: 40 },
    });
    await check.run([...store.attempts.keys()], running());
    await archive.run(partAt(1).id, running());
    await gather.run(task.id, running());
    expect(await store.find(task.id)).toMatchObject({
      status: 'success',
      partial: {
        requested: parts.length,
        delivered: 1,
        failures: [
          { index: 0, code: 'TASK_CANCELED' },
          { index: 2, code: 'TASK_CANCELED' },
        ],
      },
    });
  });

  it('sends nothing once it is canceled, also of a part that its vendor had not taken', async () => {
    const { store, task, partAt, cancel, submit, vendor, gather } = await bench();
    await store.apply(admission(partAt(1)));
    const busy = { accepted: 'no', retryable: true, status: 429 } as const;
    vendor.onSubmit = async () => {
      await cancel.cancel('tn_1', task.id);
      await gather.run(task.id, running());
      throw new ProviderError('Too many.', busy);
    };
    await submit.run(partAt(1).id, running());
    const waiting = await store.find(partAt(1).id);
    expect(waiting?.dispatchAt).not.toBeNull();

    if (waiting) await store.apply(admission(waiting));
    await submit.run(partAt(1).id, running());
    await gather.run(task.id, running());

    expect(vendor.submits).toHaveLength(1);
    expect(await store.find(task.id)).toMatchObject({ error: { code: 'TASK_CANCELED' } });
  });

  it('is asked to be stopped at its vendor, where that is possible', async () => {
    const { store, task, partAt, cancel, submit, vendor } = await bench();
    vendor.stopsJobs();
    await store.apply(admission(partAt(0)));
    await submit.run(partAt(0).id, running());

    expect(await cancel.cancel('tn_1', task.id)).toBe('requested');
    expect(await cancel.cancel('tn_1', task.id)).toBe('requested');

    expect(await store.find(partAt(0).id)).toMatchObject({
      status: 'handling',
      cancelRequestedAt: expect.any(Date) as Date,
    });
  });

  it('is left as it is where nothing of it can be stopped', async () => {
    const { store, task, parts, cancel, submit } = await bench();
    for (const part of parts) {
      await store.apply(admission(part));
      await submit.run(part.id, running());
    }

    expect(await cancel.cancel('tn_1', task.id)).toBe('not_supported');

    expect(await store.find(task.id)).toEqual(task);
  });

  it('is nobody’s part to cancel', async () => {
    const { partAt, cancel, store } = await bench();

    expect(await cancel.cancel('tn_1', partAt(0).id)).toBeNull();
    expect(await store.find(partAt(0).id)).toEqual(partAt(0));
  });
});
