import { expect, it } from 'vitest';
import { newOutputId } from '../ids.js';
import { archived, begin, failed, retryLater } from '../moves.js';
import {
  FAR_FUTURE,
  makeContext,
  makeFacts,
  makeLinked,
  makeNewAttempt,
  NOON,
} from './make-task.js';
import {
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  type MakeTaskStore,
} from './task-store-harness.js';

export function describeTaskReading(makeHarness: MakeTaskStore): void {
  it("shows a task's detail to its tenant and to nobody else", async () => {
    const harness = await makeHarness();
    const { task, outputs } = await createArchiving(harness);

    expect(await harness.store.findDetail(task.tenantId, task.id)).toEqual({
      task,
      outputs,
      delivery: null,
    });
    expect(await harness.store.findDetail(await harness.makeTenant(), task.id)).toBeNull();
    expect(await harness.store.findDetail(task.tenantId, 'tk-unknown')).toBeNull();
  });

  it('shows the callback of the last event with the detail', async () => {
    const harness = await makeHarness();
    const callback = { url: 'https://your.example/hook', when: 'all' } as const;
    const { task } = await createArchiving(harness, { callback });

    const detail = await harness.store.findDetail(task.tenantId, task.id);

    expect(detail?.delivery).toEqual({ state: 'pending', attempts: 0 });
    expect(await harness.deliveriesOf(task.id)).toHaveLength(2);
  });

  it('lists the tasks of one tenant page by page, newest first', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    await createQueued(harness);
    const ids: string[] = [];
    for (let made = 0; made < 5; made += 1)
      ids.unshift((await createQueued(harness, { tenantId })).id);
    const pageOf = async (skip: number) =>
      await harness.store.list(tenantId, {}, { skip, size: 2 });

    const pages = [await pageOf(0), await pageOf(2), await pageOf(4), await pageOf(6)];

    const shown = pages.map((page) => page.map(({ task }) => task.id));
    expect(shown).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4), []]);
  });

  it('lists what is older than a task, from the newest on', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1)
      ids.unshift((await createQueued(harness, { tenantId })).id);
    const after = async (olderThan: string | null) =>
      (await harness.store.list(tenantId, {}, { olderThan, size: 2 })).map(({ task }) => task.id);

    expect(await after(null)).toEqual(ids.slice(0, 2));
    expect(await after(ids[1] ?? '')).toEqual(ids.slice(2));
    expect(await after(ids[2] ?? '')).toEqual([]);
  });

  it('counts no further than the cap', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    for (let made = 0; made < 4; made += 1) await createQueued(harness, { tenantId });

    expect(await harness.store.count(tenantId, {}, 3)).toBe(3);
    expect(await harness.store.count(tenantId, {}, 10)).toBe(4);
  });

  it('lists tasks of one status with what their details show', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    await createQueued(harness, { tenantId });
    const { task } = await createArchiving(harness, { tenantId });

    const found = await harness.store.list(
      tenantId,
      { status: 'archiving' },
      { skip: 0, size: 10 },
    );

    expect(found).toEqual([await harness.store.findDetail(tenantId, task.id)]);
  });

  it('gives the facts of a stored output until it expires', async () => {
    const harness = await makeHarness();
    const { task, outputs } = await createArchiving(harness);
    const [{ id } = makeLinked()] = outputs;
    expect(await harness.store.findStoredOutput(id, NOON)).toBeNull();
    const stored = outputs.map((output) => ({ ...output, stored: makeFacts() }));
    await harness.store.apply(archived(task, stored, makeContext()));

    expect(await harness.store.findStoredOutput(id, NOON)).toEqual(makeFacts());
    expect(await harness.store.findStoredOutput(id, FAR_FUTURE)).toBeNull();
    expect(await harness.store.findStoredOutput(newOutputId(), NOON)).toBeNull();
  });

  it('knows the attempt that is open, and none once it is settled', async () => {
    const harness = await makeHarness();
    const queued = await createQueued(harness);
    const { task, attempt } = await createSubmitting(harness);
    expect(await harness.store.openAttempt(queued.id)).toBeNull();
    expect(await harness.store.openAttempt(task.id)).toMatchObject({
      id: attempt.id,
      state: 'submitting',
    });

    const error = {
      code: 'TASK_FAILED',
      message: 'no',
      providerCode: null,
      retryable: false,
    } as const;
    const settled = { id: attempt.id, state: 'failed', finishedAt: NOON, error: 'no' } as const;
    await harness.store.apply(failed(task, error, makeContext(), settled));

    expect(await harness.store.openAttempt(task.id)).toBeNull();
    expect(await harness.store.attemptsOf(task.id)).toMatchObject([{ state: 'failed' }]);
  });

  it('finds an attempt with its task only while the vendor has the job', async () => {
    const harness = await makeHarness();
    const submitting = await createSubmitting(harness);
    const submitted = await createSubmitted(harness);
    const done = await createArchiving(harness);

    const ids = [submitting, submitted, done].map(({ attempt }) => attempt.id);
    expect(await harness.store.findInFlight([...ids, 'at-unknown'])).toMatchObject([
      {
        task: submitted.task,
        attempt: { id: submitted.attempt.id, handle: { job: 'j-1' }, checks: 0, leaseUntil: null },
      },
    ]);
    expect(await harness.store.findInFlight([])).toEqual([]);
  });

  it('lists attempts in the order they were made', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness);
    const over = { id: attempt.id, state: 'failed', finishedAt: NOON } as const;
    const retry = retryLater(task, over, NOON, makeContext());
    await harness.store.apply(retry);
    const second = makeNewAttempt({ number: 2 });
    await harness.store.apply(begin(retry.to, second, makeContext()));

    const attempts = await harness.store.attemptsOf(task.id);

    expect(attempts.map(({ id, number, state }) => [id, number, state])).toEqual([
      [attempt.id, 1, 'failed'],
      [second.id, 2, 'submitting'],
    ]);
  });
}
