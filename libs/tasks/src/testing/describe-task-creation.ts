import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { NewTask } from '../task.store.js';
import { failed } from '../moves.js';
import { FAR_FUTURE, makeContext, makeTask, NOON } from './make-task.js';
import { createQueued, type MakeTaskStore, rungSubjects } from './task-store-harness.js';

const ERROR = { code: 'TASK_FAILED', message: 'no', providerCode: null, retryable: false } as const;
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
      media: [
        {
          at: '/image',
          field: 'input.image_urls.0',
          source: 'https://a.example/1.png',
          kind: 'image',
          as: 'base64',
          maxBytes: 1_000,
        },
      ],
      sortAt: new Date('2026-06-01T11:45:00.000Z'),
      retryOf: 'tk-before',
    });

    expect(await harness.store.find(task.id)).toEqual(task);
  });

  it('notes the creation and rings nobody: the dispatcher finds the row', async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness);

    expect(await harness.store.eventsOf(task.id, -1)).toEqual([
      { version: 0, at: NOON, from: '', to: 'queued', cause: 'created' },
    ]);
    expect(await rungSubjects(harness)).not.toContain(task.id);
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
    expect(known?.fingerprint.equals(FINGERPRINT)).toBe(true);
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
    expect(typeof known === 'object' && known.fingerprint.equals(FINGERPRINT)).toBe(true);
    expect(await harness.store.find(second.task.id)).toBeNull();
    expect(await harness.store.eventsOf(second.task.id, -1)).toEqual([]);
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
    const losers = results.flatMap((result) => (typeof result === 'string' ? [] : [result.taskId]));
    expect(new Set(losers)).toEqual(new Set([winners[0]?.task.id]));
    expect(losers).toHaveLength(49);
    expect(await harness.store.count(tenantId, {}, 100)).toBe(1);
  });

  it('holds a tenant to its maximum of unfinished tasks until one ends', async () => {
    const { store, makeTenant } = await makeHarness();
    const tenantId = await makeTenant();
    const create = async () => {
      const task = makeTask({ tenantId });
      return { task, result: await store.create({ task, idempotency: null, maxQueued: 2 }) };
    };
    const first = await create();
    await create();

    const refused = await create();
    expect(refused.result).toBe('queue-full');
    expect(await store.find(refused.task.id)).toBeNull();
    expect(await store.eventsOf(refused.task.id, -1)).toEqual([]);

    await store.apply(failed(first.task, ERROR, makeContext()));
    expect((await create()).result).toBe('created');
  });

  it('replays at the maximum', async () => {
    const { store, makeTenant } = await makeHarness();
    const first = { ...makeBundle(await makeTenant(), randomUUID()), maxQueued: 1 };
    await store.create(first);
    const again = { ...first, task: makeTask({ tenantId: first.task.tenantId }) };

    expect(await store.create(again)).toMatchObject({ taskId: first.task.id });
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
    maxQueued: null,
  };
}
