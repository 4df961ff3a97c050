import { GatewayError } from '@app/errors';
import { issueKey, newTenant, type Policy, type Tenant } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTask, dataOf, openApi, type OpenApi } from '../testing/open-api.js';

let api: OpenApi;
let tenant: Tenant;
let key: string;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());
beforeEach(async () => {
  const now = new Date();
  tenant = newTenant(`tenant-${now.getTime()}`, now);
  await api.tenants.createTenant(tenant);
  const issued = issueKey({ tenantId: tenant.id, pepper: api.keyPepper, now });
  await api.tenants.createKey(issued.row);
  key = issued.key;
});

const BODY = { model: 'flux-2-pro', input: { prompt: 'a paper boat' } };

async function limit(policy: Policy): Promise<void> {
  await api.tenants.changeTenant(tenant.id, { policy });
  await api.authenticator.runOnce();
}

const ask = async (path: string, options: Parameters<OpenApi['ask']>[1] = {}): Promise<Response> =>
  await api.ask(path, { key, ...options });
const create = async (more: object = {}, headers = {}): Promise<Response> =>
  await ask('/v1/tasks', { json: { ...BODY, ...more }, headers });
const quote = async (more: object = {}): Promise<unknown> =>
  await dataOf(await ask('/v1/tasks/quote', { json: { ...BODY, ...more } }));
const costUsd = async (): Promise<number> => ((await quote()) as { costUsd: number }).costUsd;

describe('reads', () => {
  it.each([
    '/v1/tasks',
    '/v1/tasks/models',
    '/v1/tasks/tk-00000000000000000000000000',
    '/v1/tasks/deliveries',
    '/v1/callback-urls',
    '/v1/callback-urls/receivers',
    '/v1/videos/tk-00000000000000000000000000',
  ])('of %s count, whatever they find', async (path) => {
    await limit({ readsPerMinute: 1 });
    const first = await ask(path);

    const second = await ask(path);

    expect(first.status).not.toBe(429);
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(second.status).toBe(429);
    expect(await second.json()).toMatchObject({ error_code: 'RATE_LIMIT_EXCEEDED' });
  });

  it('use up no requests, nor requests reads', async () => {
    await limit({ readsPerMinute: 1, requestsPerMinute: 1 });

    expect((await ask('/v1/tasks')).status).toBe(200);
    expect((await create()).status).toBe(200);
    expect((await ask('/v1/tasks')).status).toBe(429);
    expect((await create()).status).toBe(429);
  });
});

describe('requests', () => {
  it('that make no task count too', async () => {
    await limit({ requestsPerMinute: 2 });
    const taskId = await createTask(api, {}, key);

    const cancel = async () => await ask(`/v1/tasks/${taskId}/cancel`, { method: 'POST' });

    expect((await cancel()).status).toBe(200);
    expect((await cancel()).status).toBe(429);
    expect(await quote()).toBeNull();
  });

  it('are told of nowhere where nothing is limited', async () => {
    const { headers } = await create();

    expect([...headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([]);
  });

  it('are given back where nothing was made: the queue was full', async () => {
    await limit({ requestsPerMinute: 2, maxQueuedTasks: 1 });
    await create();

    for (let at = 0; at < 3; at += 1) expect(await codeOf(await create())).toBe('QUEUE_FULL');
    await limit({ requestsPerMinute: 2 });

    expect((await create()).status).toBe(200);
    expect((await create()).status).toBe(429);
  });
});

describe('money', () => {
  it('of a task that nobody can tell whether it was made is judged by the ledger', async () => {
    await limit({ dailyBudgetUsd: await costUsd() });
    vi.spyOn(api.tasks, 'create').mockRejectedValueOnce(
      new GatewayError('SERVICE_UNAVAILABLE', 'Postgres is away'),
    );

    expect((await create()).status).toBe(503);
    expect(await quote()).toMatchObject({ accepted: false });
    await api.confirmations.flush();
    expect(await quote()).toMatchObject({ accepted: true, reason: null });
  });

  it('is kept back by what was made, and a quote says so', async () => {
    await limit({ dailyBudgetUsd: (await costUsd()) * 1.5 });
    expect(await quote()).toMatchObject({ accepted: true });

    expect((await create()).status).toBe(200);

    expect(await quote()).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('day'),
    });
    expect(await codeOf(await create())).toBe('BUDGET_EXCEEDED');
  });

  it('for a task is what its caller says at most, in the body or in the header', async () => {
    const cost = await costUsd();
    const more = { max_cost: cost * 2 };

    expect((await create({ max_cost: cost })).status).toBe(200);
    expect((await create(more, { 'x-taskgate-max-cost': String(cost) })).status).toBe(200);
    const refused = await create(more, { 'x-taskgate-max-cost': String(cost / 2) });
    expect(refused.status).toBe(402);
    expect(await refused.json()).toMatchObject({ error: { param: 'max_cost' } });
    expect(await quote({ max_cost: cost / 2 })).toMatchObject({ accepted: false });
  });

  it('cannot be kept below anything where nobody knows the price', async () => {
    const unpriced = { model: 'qwen-image-2-0' };

    expect((await create(unpriced)).status).toBe(200);
    expect(await codeOf(await create({ ...unpriced, max_cost: 100 }))).toBe('BUDGET_EXCEEDED');
    await limit({ monthlyBudgetUsd: 1_000 });
    expect(await codeOf(await create(unpriced))).toBe('BUDGET_EXCEEDED');
  });

  it.each([-1, '1', {}])('is no %j', async (max_cost) => {
    const answer = await create({ max_cost });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'max_cost' } });
  });

  it('is held for the task with its key and the prices of then', async () => {
    const taskId = await createTask(api, {}, key);
    const task = await api.tasks.find(taskId);

    expect(task?.keyId).toMatch(/^key_/);
    expect(task?.hold).toMatchObject({ priceVersion: expect.any(String) });
    expect(task?.hold?.nanoUsd).toBe(Math.round((await costUsd()) * 1e9));
  });
});

describe('OpenAI’s own calls', () => {
  it('are limited as the tasks that they make', async () => {
    await limit({ requestsPerMinute: 1 });
    const json = { model: 'veo-3-1', prompt: 'a paper boat' };

    const first = await ask('/v1/videos', { json });
    const second = await ask('/v1/videos', { json });

    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect([first.status, second.status]).toEqual([200, 429]);
  });
});

const codeOf = async (answer: Response): Promise<unknown> =>
  ((await answer.json()) as { error_code: unknown }).error_code;
