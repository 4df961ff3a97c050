import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  createTask,
  dataOf,
  endTask,
  type OpenApi,
  openApi,
} from '../testing/open-api.js';

let api: OpenApi;
let ids: readonly string[];
beforeAll(async () => {
  api = await openApi();
  const made: string[] = [];
  for (const order of ['1', '2', '3', '4', '5']) {
    made.unshift(await createTask(api, { metadata: { order, shop: 'x' } }));
  }
  ids = made;
  await endTask(api, ids[4] ?? '');
  await createTask(api, {}, 'b');
});
afterAll(async () => await api?.close());

interface List {
  readonly tasks: readonly { taskId: string; tenantId?: string }[];
  readonly nextCursor?: string | null;
  readonly total?: number;
}

const list = async (query: string, path = '/v1/tasks', key = 'a'): Promise<List> =>
  (await dataOf(await api.ask(`${path}?${query}`, { key }))) as List;
const idsOf = ({ tasks }: List): readonly string[] => tasks.map(({ taskId }) => taskId);

describe('GET /v1/tasks', () => {
  it('pages as HiAPI does', async () => {
    const second = await list('page=2&size=2');

    expect(second).toMatchObject({ page: 2, size: 2, total: 5 });
    expect(idsOf(second)).toEqual(ids.slice(2, 4));
    expect(second).not.toHaveProperty('nextCursor');
  });

  it('pages by cursor, to the end', async () => {
    const first = await list('limit=3');
    const second = await list(`limit=3&cursor=${first.nextCursor}`);

    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.nextCursor).toBeNull();
    expect(first).not.toHaveProperty('total');
  });

  it.each([
    ['status=fail', (all: readonly string[]) => all.slice(4)],
    ['metadata.order=2&metadata.shop=x', (all: readonly string[]) => all.slice(3, 4)],
    ['metadata.order=2&metadata.shop=y', () => []],
    ['model=flux-2.pro', (all: readonly string[]) => all],
    ['createdBefore=1777282033', () => []],
    ['createdAfter=2026-01-01T00:00:00Z&limit=100', (all: readonly string[]) => all],
    ['colour=red', (all: readonly string[]) => all],
  ])('filters by %s', async (query, expected) => {
    expect(idsOf(await list(query))).toEqual(expected(ids));
  });

  it.each([
    ['status=done', 'status'],
    ['status=fail&status=success', 'status'],
    ['limit=0', 'limit'],
    ['cursor=abc', 'cursor'],
    ['model=none', 'model'],
    ['createdAfter=now', 'createdAfter'],
    ['page=1&page=2', 'page'],
  ])('refuses %s', async (query, param) => {
    const response = await api.ask(`/v1/tasks?${query}`);

    expect(await response.json()).toMatchObject({ code: 400, error: { param } });
  });
});

describe('GET /admin/tasks', () => {
  it('shows everybody’s tasks to an operator, or one tenant’s', async () => {
    const all = await list('limit=100', '/admin/tasks', ADMIN_TOKEN);
    const one = await list(`tenant=${api.tenantId}&status=fail`, '/admin/tasks', ADMIN_TOKEN);

    expect(all.tasks).toHaveLength(6);
    expect(one.tasks).toMatchObject([{ taskId: ids[4], tenantId: api.tenantId }]);
    expect((await api.ask('/admin/tasks')).status).toBe(401);
  });

  it('names its filters to whoever mistypes one', async () => {
    const response = await api.ask('/admin/tasks?tennant=x', { key: ADMIN_TOKEN });

    expect(await response.json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('tenant, status, model'),
    });
  });

  it('runs a failed task again as a new one that says so', async () => {
    const failedId = ids[4] ?? '';
    const retry = async (id: string): Promise<Response> =>
      await api.ask(`/admin/tasks/${id}/retry`, { method: 'POST', key: ADMIN_TOKEN });
    const again = (await dataOf(await retry(failedId))) as { taskId: string };

    expect(again).toEqual({ taskId: expect.stringMatching(/^tk-/), retryOf: failedId });
    expect(await dataOf(await api.ask(`/v1/tasks/${again.taskId}`))).toMatchObject({
      status: 'queued',
      retryOf: failedId,
    });
    expect((await retry(again.taskId)).status).toBe(400);
    expect((await retry('tk-1')).status).toBe(404);
    await api.ask(`/v1/tasks/${failedId}`, { method: 'DELETE' });
    expect(await (await retry(failedId)).json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('deleted'),
    });
  });
});

describe('a tenant’s policy', () => {
  it('is given with the tenant, changed, and holds its queue to a maximum', async () => {
    const admin = async (path: string, method: string, json?: unknown): Promise<Response> =>
      await api.ask(path, {
        ...(json !== undefined && { json }),
        method,
        key: ADMIN_TOKEN,
      });
    const made = await dataOf(
      await admin('/admin/tenants', 'POST', { name: 'c', policy: { weight: 2 } }),
    );
    const path = `/admin/tenants/${api.tenantId}`;
    const patched = await admin(path, 'PATCH', { policy: { maxQueuedTasks: 1 } });
    const changed = Object(await dataOf(patched)) as object;
    const response = await api.ask('/v1/tasks', {
      json: { model: 'flux-2-pro', input: { prompt: 'x' } },
    });

    expect(made).toMatchObject({ name: 'c', policy: { weight: 2 } });
    expect(changed).toMatchObject({ id: api.tenantId, policy: { maxQueuedTasks: 1 } });
    expect(await dataOf(await admin(path, 'GET'))).toMatchObject(changed);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ error_code: 'QUEUE_FULL' });
    expect((await admin('/admin/tenants/tn_x', 'PATCH', { policy: {} })).status).toBe(404);
    expect((await admin('/admin/tenants/tn_x', 'GET')).status).toBe(404);
    expect((await admin(path, 'PATCH', {})).status).toBe(400);
  });
});
