import { GatewayError } from '@app/errors';
import { Catalog } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { type CreateRequest, TaskCreator } from './create-task.js';
import { InMemoryTaskStore } from './testing/in-memory-task.store.js';

const REQUEST: CreateRequest = {
  model: 'qwen-image-2-0',
  input: { prompt: 'a glass data center', aspect_ratio: '16:9' },
  callback: { url: 'https://your.example/hook', when: 'final' },
  metadata: { order: '4711' },
  priority: 'high',
  deadlineSeconds: 600,
  onUnknown: 'retry',
};
const KEY = { key: 'k-1', fingerprint: Buffer.alloc(32, 1) };

const catalog = new Catalog();

function bench(whyUnavailable: () => string | null = () => null) {
  const store = new InMemoryTaskStore();
  const creator = new TaskCreator(store, { whyUnavailable }, catalog);
  return {
    store,
    creator,
    create: async (fields: Partial<CreateRequest> = {}, key: typeof KEY | null = null) =>
      await creator.create(
        { tenantId: 'tn_1', keyId: null, maxQueued: null },
        { ...REQUEST, ...fields },
        key,
      ),
  };
}

/** The error that a create ends in. */
async function refusal(create: Promise<unknown>): Promise<GatewayError> {
  try {
    await create;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The create was expected to be refused');
}

describe('TaskCreator.create', () => {
  it('makes a queued task with what the vendor will be sent', async () => {
    const { store, create } = bench();

    const { taskId, replayed } = await create();

    expect(replayed).toBe(false);
    expect(taskId).toMatch(/^tk-[0-9A-HJKMNP-TV-Z]{26}$/);
    const task = await store.find(taskId);
    expect(task).toMatchObject({
      tenantId: 'tn_1',
      model: 'qwen-image-2-0',
      kind: 'image',
      provider: 'dashscope',
      status: 'queued',
      version: 0,
      input: REQUEST.input,
      metadata: REQUEST.metadata,
      callback: REQUEST.callback,
      priority: 'high',
      onUnknown: 'retry',
      storage: 'temp',
    });
    expect(JSON.stringify(task?.request)).toContain('a glass data center');
    expect(Number(task?.deadlineAt) - Number(task?.createdAt)).toBe(600_000);
  });

  it.each([
    ['high', 900],
    ['normal', 0],
    ['low', -900],
  ] as const)('places a %s task %i seconds ahead', async (priority, headStart) => {
    const { store, create } = bench();

    const { taskId } = await create({ priority });

    const task = await store.find(taskId);
    expect(Number(task?.createdAt) - Number(task?.sortAt)).toBe(headStart * 1000);
    expect(task).toMatchObject({ dispatchAt: task?.createdAt, account: null });
  });

  it('rings nobody: the dispatcher finds the row', async () => {
    const { store, create } = bench();

    await create();

    expect(store.rings).toEqual([]);
  });

  it('refuses one more than the maximum and names it', async () => {
    const { creator, store } = bench();
    const owner = { tenantId: 'tn_1', keyId: null, maxQueued: 1 };
    await creator.create(owner, REQUEST, KEY);

    const error = await refusal(creator.create(owner, REQUEST, null));

    expect(error).toMatchObject({ code: 'QUEUE_FULL', status: 429, retryAfterSeconds: 5 });
    expect(error.message).toContain('1 unfinished');
    expect(await creator.create(owner, REQUEST, KEY)).toMatchObject({ replayed: true });
    expect(store.tasks.size).toBe(1);
  });

  it('makes one task with a part for each call, where the vendor makes fewer results in one', async () => {
    const { store, create } = bench();
    const input = { prompt: 'a cat', n: 3, seed: 7 };

    const { taskId } = await create({ model: 'flux-2-pro', input }, KEY);

    const task = await store.find(taskId);
    expect(task).toMatchObject({ input, parts: 3, dispatchAt: null, metadata: REQUEST.metadata });
    const parts = (await store.partsOf(taskId)).map((part) => part.task);
    expect(parts.map((part) => part.input['seed'])).toEqual([7, 8, 9]);
    for (const [index, part] of parts.entries())
      expect(part).toMatchObject({
        part: { parentId: taskId, index, results: 1 },
        dispatchAt: task?.createdAt,
        deadlineAt: task?.deadlineAt,
        priority: 'high',
        onUnknown: 'retry',
        metadata: {},
        callback: null,
      });
    expect(await create({ model: 'flux-2-pro', input }, KEY)).toEqual({ taskId, replayed: true });
    expect(store.tasks.size).toBe(4);
  });

  it('prices all calls together, and knows no price where one has none', () => {
    const { creator } = bench();
    const priced = { model: 'flux-2-pro', input: { prompt: 'a cat', n: 3 } };
    const one = creator.prepare({ ...REQUEST, ...priced, input: { prompt: 'a cat' } }).estimate;
    const unpriced = { ...REQUEST, ...priced, model: 'flux-2-flex' };

    expect(creator.prepare({ ...REQUEST, ...priced }).estimate).toEqual({
      unit: 'image',
      quantity: 3,
      costNanoUsd: 3 * (one.costNanoUsd ?? 0),
    });
    expect(one.costNanoUsd).toBeGreaterThan(0);
    const { estimate } = creator.prepare(unpriced);
    expect(estimate).toMatchObject({ quantity: 3, costNanoUsd: null });
  });

  it('refuses a seed that has no room for those of the other calls', async () => {
    const { create } = bench();
    const input = { prompt: 'a cat', n: 3, seed: 2_147_483_646 };

    expect(await refusal(create({ model: 'flux-2-pro', input }))).toMatchObject({
      code: 'INVALID_REQUEST',
      param: 'input.seed',
    });
  });

  it('prepares a request without writing anything', () => {
    const { creator, store } = bench();

    const { model, provider, estimate } = creator.prepare(REQUEST);

    expect([model.id, provider.id]).toEqual(['qwen-image-2-0', 'dashscope']);
    expect(estimate.quantity).toBeGreaterThan(0);
    expect(store.tasks.size).toBe(0);
  });

  it('knows a model by another spelling and keeps its own id', async () => {
    const { store, create } = bench();

    const { taskId } = await create({ model: 'Qwen-Image-2.0' });

    expect(await store.find(taskId)).toMatchObject({ model: 'qwen-image-2-0' });
  });

  it.each(catalog.list().map(({ id, example }) => [id, example] as const))(
    'takes the example of %s',
    async (model, input) => {
      const { store, create } = bench();

      const { taskId } = await create({ model, input });

      expect(await store.find(taskId)).toMatchObject({ model, input });
    },
  );

  it('refuses an unknown model and names near ones', async () => {
    const error = await refusal(bench().create({ model: 'qwen-image-3' }));

    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', status: 400, param: 'model' });
    expect(error.message).toContain('qwen-image-3-0');
  });

  it('refuses a model whose vendor is not configured here', async () => {
    const error = await refusal(bench(() => 'DashScope is not configured here').create());

    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', param: 'model' });
    expect(error.message).toContain('qwen-image-2-0');
    expect(error.message).toContain('not configured');
  });

  it('refuses an unknown field and names the path', async () => {
    const input = { ...REQUEST.input, colour: 'blue' };

    const error = await refusal(bench().create({ input }));

    expect(error).toMatchObject({ code: 'INVALID_REQUEST', param: 'input.colour' });
    expect(error.message).toContain('aspect_ratio');
  });

  it('says all that is wrong at once and points at the first', async () => {
    const error = await refusal(bench().create({ input: { n: 'two', seed: 'x' } }));

    expect(error.code).toBe('INVALID_REQUEST');
    for (const field of ['input.prompt', 'input.n', 'input.seed']) {
      expect(error.message).toContain(`${field}: `);
    }
    expect(error.message.startsWith(`${error.param}: `)).toBe(true);
  });

  it('refuses what the vendor cannot express, with the values it takes', async () => {
    const input = { prompt: 'a cat', aspect_ratio: '17:5' };

    const error = await refusal(bench().create({ input }));

    expect(error).toMatchObject({ code: 'INVALID_REQUEST', param: 'input.aspect_ratio' });
    expect(error.message).toContain('16:9');
  });

  it.each([
    ['unknown model', { model: 'nothing' }],
    ['bad input', { input: {} }],
  ])('writes nothing for a refused request (%s)', async (_, fields) => {
    const { store, create } = bench();

    await refusal(create(fields, KEY));

    expect(store.tasks.size).toBe(0);
    expect(await store.findIdempotencyKey('tn_1', KEY.key)).toBeNull();
  });
});

describe('TaskCreator and idempotency keys', () => {
  it('answers the same request with the first task', async () => {
    const { store, create } = bench();
    const first = await create({}, KEY);

    const second = await create({}, KEY);

    expect(second).toEqual({ taskId: first.taskId, replayed: true });
    expect(store.tasks.size).toBe(1);
  });

  it('refuses another body under the same key', async () => {
    const { create } = bench();
    await create({}, KEY);

    const error = await refusal(create({}, { ...KEY, fingerprint: Buffer.alloc(32, 2) }));

    expect(error).toMatchObject({ code: 'IDEMPOTENCY_KEY_MISMATCH', status: 422 });
  });

  it('keeps a key for a day', async () => {
    const { store, create } = bench();
    const { taskId } = await create({}, KEY);

    const [row] = store.keys.values();

    const createdAt = (await store.find(taskId))?.createdAt.getTime() ?? 0;
    expect(Number(row?.expiresAt) - createdAt).toBe(24 * 3_600_000);
  });

  it('looks a replay up before anything is judged', async () => {
    const { creator, create } = bench();
    expect(await creator.replay('tn_1', KEY)).toBeNull();
    const { taskId } = await create({}, KEY);

    expect(await creator.replay('tn_1', KEY)).toEqual({ taskId, replayed: true });
    expect(await creator.replay('tn_2', KEY)).toBeNull();
    const other = creator.replay('tn_1', { ...KEY, fingerprint: Buffer.alloc(32, 2) });
    expect(await refusal(other)).toMatchObject({ code: 'IDEMPOTENCY_KEY_MISMATCH' });
  });
});
