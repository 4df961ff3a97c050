import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

/** One call of the load: against which API, when it began and ended, how it was answered. */
interface Call {
  readonly api: number;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly status: number;
}

const REFUSED = [401, 429];
const TASK = { model: 'flux-2-pro', input: { prompt: 'never made' } };

let stack: Stack;
let admin: GatewayClient;
let tenant: string;

beforeAll(async () => {
  stack = await startStack({ apis: 3, workers: 0 });
  admin = new GatewayClient(stack.url, stack.adminToken);
  await change('PUT', '/admin/plans/trial', { policy: {} });
  const { id } = await change<IssuedKey>('POST', '/admin/tenants', { name: 'acme', plan: 'trial' });
  tenant = `/admin/tenants/${id}`;
});
afterAll(async () => await stack?.stop());

async function change<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await admin.request(path, { method, body });
  if (answer.status === 200) return (answer.body as { data: T }).data; // the envelope of the contract
  throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

const issue = async (): Promise<IssuedKey> => await change('POST', `${tenant}/keys`, {});

const everywhere = ({ key }: IssuedKey): readonly GatewayClient[] =>
  stack.apis.map(({ url }) => new GatewayClient(url, key));

/** Calls without a pause, of tasks and of the pass-through, on every API until told to stop. */
function startLoad(key: IssuedKey) {
  const calls: Call[] = [];
  let isOn = true;
  const loops = everywhere(key).flatMap((client, api) =>
    ['/v1/tasks?size=1', '/v1/models', '/v1/tasks/models'].map(async (path) => {
      while (isOn) {
        const begunAt = performance.now();
        const { status } = await client.request(path);
        calls.push({ api, begunAt, endedAt: performance.now(), status });
      }
    }),
  );
  return {
    calls,
    ofApi: (api: number) => calls.filter((call) => call.api === api),
    stop: async (): Promise<void> => {
      isOn = false;
      await Promise.all(loops);
    },
  };
}

describe('a key that is revoked under load on three APIs', () => {
  it('is refused at once where it was revoked, soon everywhere, and never comes back', async ({
    annotate,
  }) => {
    const key = await issue();
    const load = startLoad(key);
    const succeeded = (api: number) => load.ofApi(api).some(({ status }) => status === 200);
    await expect.poll(() => stack.apis.every((_, api) => succeeded(api))).toBe(true);

    await change('DELETE', `${tenant}/keys/${key.id}`);
    const revokedAt = performance.now();
    const refusedBy = (api: number) =>
      load.ofApi(api).find(({ status }) => REFUSED.includes(status))?.endedAt;
    await expect
      .poll(() => stack.apis.every((_, api) => refusedBy(api) !== undefined), { timeout: 10_000 })
      .toBe(true);
    const seen = load.calls.length;
    await expect.poll(() => load.calls.length - seen, { timeout: 10_000 }).toBeGreaterThan(300);
    await load.stop();

    for (const [api] of stack.apis.entries()) {
      const from = api === 0 ? revokedAt : (refusedBy(api) ?? 0);
      const after = load.ofApi(api).filter(({ begunAt }) => begunAt > from);
      expect(after.length).toBeGreaterThan(0);
      expect(after.filter(({ status }) => !REFUSED.includes(status))).toEqual([]);
      await annotate(
        `API ${api}: refused ${Math.round((refusedBy(api) ?? 0) - revokedAt)} ms after`,
      );
    }
    const others = load.calls.filter(({ status }) => ![200, ...REFUSED].includes(status));
    expect(others).toEqual([]);
  });

  it('ends what it has open on every API, and nothing of another key', async () => {
    const [key, other] = [await issue(), await issue()];
    const taskId = await everywhere(key)[0]?.createTask(TASK);
    const ends = await Promise.all(
      stack.apis.flatMap(({ url }) => [
        open(url, key, `/v1/tasks/${taskId}/events`),
        open(url, key, '/v1/chat/completions', CHAT),
      ]),
    );
    const bystander = await open(stack.apis[1]?.url ?? '', other, '/v1/chat/completions', CHAT);

    await change('DELETE', `${tenant}/keys/${key.id}`);

    await Promise.all(ends.map(async ({ ended }) => await ended));
    expect(bystander.hasEnded()).toBe(false);
    await change('DELETE', `${tenant}/keys/${other.id}`);
    await bystander.ended;
  });
});

describe('a change of policy', () => {
  it('of a key’s scopes works on every API', async () => {
    const key = await issue();
    const clients = everywhere(key);
    const statuses = async () =>
      await Promise.all(clients.map(async (one) => (await one.request('/v1/tasks')).status));
    expect(await statuses()).toEqual([200, 200, 200]);

    await change('PATCH', `${tenant}/keys/${key.id}`, { scopes: ['proxy'] });

    expect((await clients[0]?.request('/v1/tasks'))?.status).toBe(403);
    await expect.poll(statuses, { timeout: 10_000 }).toEqual([403, 403, 403]);
  });

  it('of a plan works on every API, for every tenant that has it', async () => {
    const clients = everywhere(await issue());
    const statuses = async () =>
      await Promise.all(
        clients.map(async (one) => (await one.request('/v1/tasks', { body: TASK })).status),
      );
    expect(await statuses()).toEqual([200, 200, 200]);

    await change('PUT', '/admin/plans/trial', { policy: { maxQueuedTasks: 1 } });

    await expect.poll(statuses, { timeout: 10_000 }).toEqual([429, 429, 429]);
  });
});

/** The sandbox says its words slowly for longer than any of these tests takes. */
const CHAT = {
  model: 'gpt-5',
  stream: true,
  messages: [{ role: 'user', content: '[[delay:60s]] words that nobody waits for' }],
};

/** An answer that has begun. `ended` resolves when no more of it comes, broken off or not. */
async function open(url: string, { key }: IssuedKey, path: string, body?: unknown) {
  const response = await fetch(url + path, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
  let isOver = false;
  const ended = response.text().then(
    () => (isOver = true),
    () => (isOver = true),
  );
  return { ended, hasEnded: () => isOver };
}
