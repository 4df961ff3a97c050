import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { NewTask } from '../task.store.js';
import { FAR_FUTURE, makeTask, NOON } from './make-task.js';
import { createQueued, type MakeTaskStore, rungSubjects } from './task-store-harness.js';

const FINGERPRINT = Buffer.alloc(32, 1);
const OTHER_FINGERPRINT = Buffer.alloc(32, 2);

export function describeTaskCreation(makeHarness: MakeTaskStore): void {
  it('keeps every field of a new task', async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness, {
      input: {
        prompt: 'é "quoted" \\ \n',
        image_urls: ['https://a.example/1.png'],
        n: 2,
        seed: null,
      },
      metadata: { order: '4711', empty: '' },
      callback: { url: 'https://your.example/hook', when: 'all' },
      priority: 'high',
      onUnknown: 'retry',
      kind: 'video',
    });

    expect(await harness.store.find(task.id)).toEqual(task);
  });

  it('notes the creation and rings with the same commit', async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness);

    expect(await harness.eventsOf(task.id)).toEqual([
      { version: 0, from: '', to: 'queued', cause: 'created' },
    ]);
    const rings = (await harness.rings()).filter(({ subject }) => subject === task.id);
    expect(rings).toEqual([{ step: 'submit', subject: task.id, ring: '0', dueAt: NOON }]);
  });

  it('knows no task that was never made', async () => {
    const { store } = await makeHarness();

    expect(await store.find('tk-unknown')).toBeNull();
  });

  it('remembers an idempotency key for its tenant alone', async () => {
    const { store, makeTenant } = await makeHarness();
    const bundle = makeBundle(await makeTenant(), randomUUID());
    const { task } = bundle;

    expect(await store.create(bundle)).toBe('created');

    const key = bundle.idempotency?.key ?? '';
    const known = await store.findIdempotencyKey(task.tenantId, key);
    expect(known?.taskId).toBe(task.id);
    expect(Buffer.from(known?.fingerprint ?? []).equals(FINGERPRINT)).toBe(true);
    expect(await store.findIdempotencyKey(await makeTenant(), key)).toBeNull();
    expect(await store.findIdempotencyKey(task.tenantId, 'another')).toBeNull();
  });

  it('lets two tenants use the same key', async () => {
    const { store, makeTenant } = await makeHarness();
    const key = randomUUID();

    expect(await store.create(makeBundle(await makeTenant(), key))).toBe('created');
    expect(await store.create(makeBundle(await makeTenant(), key))).toBe('created');
  });

  it('writes nothing under a key that is taken and returns what took it', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    const first = makeBundle(tenantId, randomUUID());
    const second = makeBundle(tenantId, first.idempotency?.key ?? '', OTHER_FINGERPRINT);
    await harness.store.create(first);

    const known = await harness.store.create(second);

    expect(known).toMatchObject({ taskId: first.task.id });
    expect(known !== 'created' && Buffer.from(known.fingerprint).equals(FINGERPRINT)).toBe(true);
    expect(await harness.store.find(second.task.id)).toBeNull();
    expect(await harness.eventsOf(second.task.id)).toEqual([]);
    expect(await rungSubjects(harness)).not.toContain(second.task.id);
  });

  it('makes one task of fifty concurrent creates with one key, and all learn its id', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    const key = randomUUID();
    const bundles = Array.from({ length: 50 }, () => makeBundle(tenantId, key));

    const results = await Promise.all(
      bundles.map(async (bundle) => await harness.store.create(bundle)),
    );

    const winners = bundles.filter((_, index) => results[index] === 'created');
    expect(winners).toHaveLength(1);
    const losers = results.flatMap((result) => (result === 'created' ? [] : [result.taskId]));
    expect(new Set(losers)).toEqual(new Set([winners[0]?.task.id]));
    expect(losers).toHaveLength(49);
    const { total } = await harness.store.list(tenantId, { page: 1, size: 10, cap: 100 });
    expect(total).toBe(1);
  });

  it.each([
    ['', FAR_FUTURE],
    [' even when the clock of the caller is behind', new Date('2019-06-01T00:00:00.000Z')],
  ])('takes a key that has expired again%s', async (_, createdAt) => {
    const { store, makeTenant } = await makeHarness();
    const tenantId = await makeTenant();
    const key = randomUUID();
    const expired = makeBundle(tenantId, key, FINGERPRINT, new Date('2020-01-01T00:00:00.000Z'));
    await store.create(expired);
    const next = makeBundle(tenantId, key, OTHER_FINGERPRINT);
    expect(await store.findIdempotencyKey(tenantId, key)).toBeNull();

    const result = await store.create({ ...next, task: { ...next.task, createdAt } });

    expect(result).toBe('created');
    expect(await store.findIdempotencyKey(tenantId, key)).toMatchObject({ taskId: next.task.id });
  });
}

function makeBundle(
  tenantId: string,
  key: string,
  fingerprint = FINGERPRINT,
  expiresAt = FAR_FUTURE,
): NewTask {
  const task = makeTask({ tenantId });
  return {
    task,
    idempotency: { key, fingerprint, expiresAt },
    rings: [{ step: 'submit', subject: task.id, ring: '0', dueAt: NOON }],
  };
}
