import { expect, it } from 'vitest';
import { gather } from '../gather.js';
import { accepted, archived, begin, failed, vendorDone } from '../moves.js';
import { withCalls } from '../new-task.js';
import type { Task } from '../task.js';
import {
  FAR_FUTURE,
  makeContext,
  makeFacts,
  makeLinked,
  makeNewAttempt,
  makeTask,
  NOON,
} from './make-task.js';
import {
  admission,
  createWithParts,
  type MakeTaskStore,
  rungSubjects,
  type TaskStoreHarness,
} from './task-store-harness.js';

const ERROR = { code: 'TASK_FAILED', message: 'no', providerCode: null, retryable: false } as const;
const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 40 } as const;

/** Everything that becomes of a part until its output is in the store. */
async function succeed({ store }: TaskStoreHarness, part: Task): Promise<Task> {
  const context = makeContext();
  const attempt = makeNewAttempt();
  const job = { handle: { job: part.id }, vendorId: part.id, firstCheckAt: NOON };
  const output = makeLinked();
  const admitted = admission(part);
  const begun = begin(admitted.to, attempt, context);
  const taken = accepted(begun.to, attempt, job, context);
  const done = vendorDone(taken.to, attempt, { outputs: [output], usage: USAGE }, context);
  const facts = makeFacts({ key: `outputs/${part.id.toLowerCase()}/0` });
  const end = archived(done.to, [{ ...output, stored: facts }], context);
  for (const change of [admitted, begun, taken, done, end])
    expect(await store.apply(change)).toBe(true);
  return end.to;
}

async function fail({ store }: TaskStoreHarness, part: Task): Promise<Task> {
  const change = failed(part, ERROR, makeContext());
  expect(await store.apply(change)).toBe(true);
  return change.to;
}

/** Gathers until nothing is left to be said. */
async function gatherAll({ store }: TaskStoreHarness, taskId: string): Promise<Task> {
  for (;;) {
    const task = await store.find(taskId);
    if (!task) throw new Error('no such task');
    const next = gather(task, await store.partsOf(taskId));
    if (!next) return task;
    expect(await store.apply(next(makeContext()))).toBe(true);
  }
}

export function describeTaskParts(makeHarness: MakeTaskStore): void {
  it('makes a task with all its parts, each with what it sends', async () => {
    const harness = await makeHarness();
    const { task, parts } = await createWithParts(harness);

    expect(await harness.store.find(task.id)).toEqual(task);
    const found = await harness.store.partsOf(task.id);
    expect(found.map((part) => part.task)).toEqual(parts);
    expect(task).toMatchObject({ parts: 3, part: null, dispatchAt: null, request: {} });
    expect(parts.map(({ request }) => request)).toEqual([
      { text: 'a cat, 0' },
      { text: 'a cat, 1' },
      { text: 'a cat, 2' },
    ]);
    const [first] = parts;
    expect(await harness.store.eventsOf(first?.id ?? '', -1)).toHaveLength(1);
  });

  it('shows a part to nobody, neither by its id nor in lists or totals', async () => {
    const { store, makeTenant, ...harness } = await makeHarness();
    const tenantId = await makeTenant();
    const { task, parts } = await createWithParts({ store, makeTenant, ...harness }, { tenantId });

    for (const { id } of parts) expect(await store.findDetail(tenantId, id)).toBeNull();
    for (const filter of [
      {},
      { status: 'queued' },
      { model: task.model },
      { metadata: task.metadata },
    ] as const) {
      const listed = await store.list(tenantId, filter, { skip: 0, size: 100 });
      expect(listed.map((one) => one.task.id)).toEqual([task.id]);
      expect(await store.count(tenantId, filter, 100)).toBe(1);
    }
    const everybody = await store.list(null, {}, { skip: 0, size: 100 });
    const ids = everybody.map((one) => one.task.id);
    for (const { id } of parts) expect(ids).not.toContain(id);
  });

  it('counts as one of the unfinished tasks of its tenant', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const tenantId = await harness.makeTenant();
    await createWithParts(harness, { tenantId });
    const one = async () => {
      return await store.create({ task: makeTask({ tenantId }), idempotency: null, maxQueued: 2 });
    };

    expect(await one()).toBe('created');
    expect(await one()).toBe('queue-full');
  });

  it('makes no part of a task that there is no room for, or whose key is taken', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const tenantId = await harness.makeTenant();
    const call = { input: {}, request: {}, media: [], results: 1 };
    const make = async (maxQueued: number, key: string) => {
      const made = withCalls(makeTask({ tenantId }), [call, call]);
      const idempotency = { key, fingerprint: Buffer.alloc(32), expiresAt: FAR_FUTURE };
      const result = await store.create({ ...made, idempotency, maxQueued });
      return { result, parts: (await store.partsOf(made.task.id)).length };
    };

    expect(await make(1, 'a')).toEqual({ result: 'created', parts: 2 });
    expect(await make(1, 'b')).toEqual({ result: 'queue-full', parts: 0 });
    expect(await make(5, 'a')).toMatchObject({ result: { taskId: expect.any(String) }, parts: 0 });
  });

  it('stands in the queue where the first of its parts that wait does', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const { task, parts } = await createWithParts(harness);

    expect(await store.queuePosition(task, 100)).toBe(1);
    for (const part of parts) await store.apply(admission(part));
    expect(await store.queuePosition(task, 100)).toBeNull();
  });

  it('rings for the parent with every change of a part', async () => {
    const harness = await makeHarness();
    const { task, parts } = await createWithParts(harness);
    const [first] = parts;
    if (!first) throw new Error('no part');

    await fail(harness, first);

    expect(await rungSubjects(harness)).toContain(task.id);
  });

  it('takes the outputs of its parts over when it succeeds, in order and under one commit', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const { task, parts } = await createWithParts(harness);
    const [one, two, three] = parts;
    if (!one || !two || !three) throw new Error('three parts');
    await succeed(harness, three);
    await fail(harness, two);
    await succeed(harness, one);
    const before = (await store.partsOf(task.id)).flatMap(({ outputs }) => outputs);

    const end = await gatherAll(harness, task.id);

    expect(end).toMatchObject({
      status: 'success',
      usage: { unit: 'image', quantity: 2, costNanoUsd: 80 },
      partial: {
        requested: 3,
        delivered: 2,
        failures: [{ index: 1, code: 'TASK_FAILED', message: 'no' }],
      },
    });
    expect(await store.find(task.id)).toEqual(end);
    const outputs = await store.outputsOf(task.id);
    expect(outputs.map(({ id, index, stored }) => [id, index, stored?.key])).toEqual(
      before.map(({ id, stored }, index) => [id, index, stored?.key]),
    );
    expect((await store.partsOf(task.id)).flatMap((part) => part.outputs)).toEqual([]);
    const [output] = outputs;
    expect(await store.findStoredOutput(output?.id ?? '', NOON)).toEqual(output?.stored);
    const detail = await store.findDetail(task.tenantId, task.id);
    expect(detail?.outputs).toHaveLength(2);
  });

  it('lets what came expire at once when it is canceled', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const { task, parts } = await createWithParts(harness, {}, [1, 1]);
    const [one, two] = parts;
    if (!one || !two) throw new Error('two parts');
    await succeed(harness, one);
    await fail(harness, two);
    const [made] = (await store.partsOf(task.id)).flatMap(({ outputs }) => outputs);
    const version = (await store.find(task.id))?.version ?? 0;
    const wanted = {
      ...task,
      version: version + 1,
      cancelRequestedAt: new Date(NOON.getTime() + 1),
    };
    const wish = {
      from: { ...task, version },
      to: wanted,
      at: NOON,
      cause: 'cancel requested',
      nextActionAt: NOON,
    };
    expect(await store.apply(wish)).toBe(true);

    expect(await gatherAll(harness, task.id)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_CANCELED' },
      usage: { quantity: 1 },
    });

    const later = new Date(NOON.getTime() + 1);
    expect(await store.findStoredOutput(made?.id ?? '', later)).toBeNull();
  });

  it('erases the input of its parts with its own', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const { task, parts } = await createWithParts(harness);
    for (const part of parts) await fail(harness, part);
    await gatherAll(harness, task.id);

    expect(await store.erase(task.tenantId, task.id, NOON)).toMatchObject({ erased: true });

    for (const part of await store.partsOf(task.id))
      expect(part.task).toMatchObject({ input: {}, request: {}, media: [] });
    for (const { id } of parts)
      expect(await store.erase(task.tenantId, id, NOON)).toEqual({ erased: false });
  });

  it('notes how far its parts are without a new version, and never back', async () => {
    const harness = await makeHarness();
    const { store } = harness;
    const { task, parts } = await createWithParts(harness);
    const [first] = parts;
    if (!first) throw new Error('no part');
    await succeed(harness, first);
    const { version } = await gatherAll(harness, task.id);

    await store.noteProgress(task.id, 33);
    await store.noteProgress(task.id, 20);

    expect(await store.find(task.id)).toMatchObject({ status: 'handling', progress: 33, version });
  });
}
