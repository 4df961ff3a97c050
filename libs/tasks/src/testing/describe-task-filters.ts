import { ulid } from 'ulid';
import { expect, it } from 'vitest';
import { failed } from '../moves.js';
import type { Task } from '../task.js';
import type { TaskFilter } from '../task.store.js';
import { makeContext, NOON } from './make-task.js';
import {
  admission,
  createAdmitted,
  createArchiving,
  createQueued,
  type MakeTaskStore,
  type TaskStoreHarness,
} from './task-store-harness.js';

const ERROR = { code: 'TASK_FAILED', message: 'no', providerCode: null, retryable: false } as const;
const PAGE = { skip: 0, size: 10 };
const later = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);

/** A queued task whose id is as old as the task. */
async function createAt(
  harness: TaskStoreHarness,
  createdAt: Date,
  fields: Partial<Task>,
): Promise<Task> {
  return await createQueued(harness, {
    id: `tk-${ulid(createdAt.getTime())}`,
    createdAt,
    ...fields,
  });
}

/** Which tasks a list shows, and where a task stands among those that wait. */
export function describeTaskFilters(makeHarness: MakeTaskStore): void {
  it.each<[string, TaskFilter, readonly string[]]>([
    ['nothing', {}, ['d', 'c', 'b', 'a']],
    ['model', { model: 'm-1' }, ['c', 'a']],
    ['several models', { models: ['m-1', 'm-2'] }, ['d', 'c', 'b', 'a']],
    ['one of several models', { models: ['m-2', 'm-3'] }, ['d', 'b']],
    ['several models and status', { models: ['m-1', 'm-2'], status: 'fail' }, ['b']],
    ['several models and metadata', { models: ['m-1'], metadata: { shop: 'north' } }, ['a']],
    ['no model', { models: [] }, []],
    ['status', { status: 'fail' }, ['b']],
    ['status and model', { status: 'fail', model: 'm-1' }, []],
    ['time, both ends left out', { createdAfter: later(0), createdBefore: later(3) }, ['c', 'b']],
    ['metadata', { metadata: { shop: 'north' } }, ['d', 'a']],
    ['several pairs', { metadata: { shop: 'north', order: '4' } }, ['d']],
    ['metadata and model', { metadata: { shop: 'north' }, model: 'm-1' }, ['a']],
    ['metadata that nobody has', { metadata: { shop: 'west' } }, []],
  ])('filters by %s, and counts the same', async (_, filter, expected) => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    const make = async (minute: number, fields: Partial<Task>) =>
      await createAt(harness, later(minute), { tenantId, ...fields });
    const a = await make(0, { model: 'm-1', metadata: { shop: 'north', order: '1' } });
    const b = await make(1, { model: 'm-2', metadata: { shop: 'south' } });
    const c = await make(2, { model: 'm-1', metadata: {} });
    const d = await make(3, { model: 'm-2', metadata: { shop: 'north', order: '4' } });
    await harness.store.apply(failed(b, ERROR, makeContext()));
    const names = new Map(Object.entries({ a, b, c, d }).map(([name, { id }]) => [id, name]));
    const shown = (found: readonly { readonly task: Task }[]) =>
      found.flatMap(({ task }) => names.get(task.id) ?? []);

    expect(shown(await harness.store.list(tenantId, filter, PAGE))).toEqual(expected);
    expect(await harness.store.count(tenantId, filter, 100)).toBe(expected.length);
    const everybody = await harness.store.list(null, filter, { skip: 0, size: 1000 });
    expect(shown(everybody)).toEqual(expected);
  });

  it('says where a task stands among those of its tenant and vendor', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    const low = await createQueued(harness, { tenantId, sortAt: later(15) });
    const normal = await createQueued(harness, { tenantId, model: 'other' });
    const high = await createQueued(harness, { tenantId, sortAt: later(-15) });
    await createQueued(harness, { tenantId, provider: 'another' });
    await createQueued(harness);
    const positions = async (cap: number) =>
      await Promise.all(
        [high, normal, low].map(async (task) => await harness.store.queuePosition(task, cap)),
      );

    expect(await positions(100)).toEqual([1, 2, 3]);
    expect(await positions(2)).toEqual([1, 2, 2]);

    await harness.store.apply(admission(high));
    expect(await positions(100)).toEqual([null, 1, 2]);
  });

  it('gives a task another mark with every change that its detail shows', async () => {
    const harness = await makeHarness();
    const callback = { url: 'https://your.example/hook', when: 'all' } as const;
    const queued = await createQueued(harness, { callback });
    const other = await createQueued(harness);
    const ids = [queued.id, other.id, 'tk-unknown'];
    const before = await harness.store.marksOf(ids);

    await harness.store.apply(admission(queued));
    const after = await harness.store.marksOf(ids);

    expect([...before.keys()].toSorted()).toEqual([queued.id, other.id].toSorted());
    expect(Number(after.get(queued.id))).toBeGreaterThan(Number(before.get(queued.id)));
    expect(after.get(other.id)).toBe(before.get(other.id));
  });

  it('shows of the history what came after a version', async () => {
    const harness = await makeHarness();
    const task = await createAdmitted(harness);

    expect(await harness.store.eventsOf(task.id, 0)).toMatchObject([{ version: 1, at: NOON }]);
    expect(await harness.store.eventsOf(task.id, 1)).toEqual([]);
  });
}

/** What is left of a task that its owner deleted. */
export function describeTaskErasure(makeHarness: MakeTaskStore): void {
  it('erases a terminal task once: what was in it goes, ids and times stay', async () => {
    const harness = await makeHarness();
    const { task, outputs } = await createArchiving(harness);
    const end = failed(task, ERROR, makeContext());
    const facts = { mime: 'image/png', bytes: 1, sha256: 'ab', width: null, height: null };
    const key = `outputs/${task.id}/0`;
    const stored = outputs.map((output) => ({ ...output, stored: { key, ...facts } }));
    await harness.store.apply({ ...end, outputs: stored });

    const erased = await harness.store.erase(task.tenantId, task.id, NOON);

    expect(erased).toEqual({ erased: true, outputKeys: [key] });
    const kept = { id: task.id, input: {}, request: {}, metadata: {}, createdAt: task.createdAt };
    expect(await harness.store.find(task.id)).toMatchObject({ ...kept, usage: task.usage });
    expect(await harness.store.findDetail(task.tenantId, task.id)).toBeNull();
    expect(await harness.store.list(task.tenantId, {}, PAGE)).toEqual([]);
    expect(await harness.store.findStoredOutput(outputs[0]?.id ?? '', NOON)).toBeNull();
    expect(await harness.store.erase(task.tenantId, task.id, NOON)).toEqual({ erased: false });
  });

  it("erases neither what is unfinished nor another tenant's", async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness);
    const erase = async (tenantId: string) => await harness.store.erase(tenantId, task.id, NOON);

    expect(await erase(task.tenantId)).toEqual({ erased: false });
    const end = failed(task, ERROR, makeContext());
    await harness.store.apply(end);
    expect(await erase(await harness.makeTenant())).toEqual({ erased: false });
    expect(await harness.store.find(task.id)).toEqual(end.to);
  });
}
