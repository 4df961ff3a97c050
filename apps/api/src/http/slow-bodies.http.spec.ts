import { request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());

interface Slow {
  readonly key: string;
  readonly json: object;
  /** Happens when the head and the beginning of the body have come in. */
  readonly meanwhile: () => Promise<void>;
}

/** Sends all of a body but its end, and that much later. */
async function postSlowly(path: string, { key, json, meanwhile }: Slow) {
  const seen = [api.authenticator, api.admins].map((one) => vi.spyOn(one, 'authenticate'));
  const bytes = Buffer.from(JSON.stringify(json));
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': bytes.length,
  };
  const call = send(api.url + path, { method: 'POST', headers });
  const answered = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
  });
  call.write(bytes.subarray(0, -1));
  await vi.waitUntil(() => seen.some(({ mock }) => mock.settledResults[0]?.type === 'fulfilled'));
  for (const spy of seen) spy.mockRestore();
  await meanwhile();
  call.end(bytes.subarray(-1));
  return await answered;
}

async function issueKey() {
  const path = `/admin/tenants/${api.tenantId}/keys`;
  const made = await api.ask(path, { key: ADMIN_TOKEN, json: {} });
  const { id, key } = (await dataOf(made)) as { id: string; key: string };
  return { key, revoke: async () => await remove(`${path}/${id}`) };
}

async function remove(path: string): Promise<void> {
  const { status } = await api.ask(path, { key: ADMIN_TOKEN, method: 'DELETE' });
  expect(status).toBe(200);
}

const TASK = { model: 'flux-2-pro', input: { prompt: 'too late' } };

it.each([
  ['/v1/tasks', TASK],
  ['/v1/tasks/batch', { tasks: [TASK] }],
  ['/v1/videos', { model: 'veo-3-1', prompt: 'too late' }],
  ['/v1/images/generations', { model: 'flux-2-pro', prompt: 'too late' }],
])('%s makes nothing for a key that ended while its body came in', async (path, json) => {
  const { key, revoke } = await issueKey();

  expect(await postSlowly(path, { key, json, meanwhile: revoke })).toMatchObject({ status: 401 });

  const { tasks } = (await dataOf(await api.ask('/v1/tasks'))) as { tasks: readonly unknown[] };
  expect(tasks).toEqual([]);
});

it('an admin whose token is revoked while a body comes in does nothing more', async () => {
  const made = await api.ask('/admin/admins', { key: ADMIN_TOKEN, json: { name: 'mallory' } });
  const { id, token: key } = (await dataOf(made)) as { id: string; token: string };
  const meanwhile = async () => await remove(`/admin/admins/${id}`);

  const refused = await postSlowly('/admin/admins', { key, json: { name: 'again' }, meanwhile });

  expect(refused.status).toBe(401);
  expect((await api.adminStore.list()).map(({ name }) => name)).toEqual(['mallory']);
});
