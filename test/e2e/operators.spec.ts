import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

/** The duty that looks comes every 10 s. */
const PATIENCE = { timeout: 60_000, interval: 100 };

let stack: Stack;
let receiver: CallbackReceiver;
let admin: GatewayClient;
let client: GatewayClient;

beforeAll(async () => {
  // No network is allowed to tenants: where alerts go is the operator's own word.
  stack = await startStack({
    workers: 2,
    env: { SANDBOX_DELAY_MS: '50', CALLBACK_ALLOWED_NETWORKS: '' },
  });
  receiver = await startCallbackReceiver([{ status: 500 }]);
  admin = new GatewayClient(stack.url, stack.adminToken);
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

describe('alerts', () => {
  it('arrive signed, and are tried again until they do', async () => {
    const refused = await admin.request('/admin/alerts/test', { method: 'POST' });
    expect(refused.status).toBe(400);
    const put = await admin.request('/admin/alerts', {
      method: 'PUT',
      body: { url: receiver.url },
    });
    expect(put).toMatchObject({ status: 200, body: { data: { enabled: true } } });

    await admin.request('/admin/alerts/test', { method: 'POST' });
    const { body } = await admin.request('/admin/alerts/secret');
    const { secret } = (body as { data: { secret: string } }).data;
    const [failed, arrived] = await receiver.waitFor(2, PATIENCE.timeout);

    expect(failed?.headers['webhook-id']).toBe(arrived?.headers['webhook-id']);
    expect(arrived?.headers['x-taskgate-event']).toBe('alert.test');
    const text = arrived?.rawBody.toString() ?? '';
    const headers = arrived?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(text, headers)).toMatchObject({
      type: 'alert.test',
      data: {},
    });
  });

  it('tell of a budget once for each threshold, whatever the number of workers', async () => {
    const before = receiver.received.length;
    const tenantId = await spend(stack.keys[0], { limitUsd: 10, spentUsd: 8.5 });

    await vi.waitUntil(() => receiver.received.length >= before + 2, PATIENCE);
    const told = receiver.received.slice(before).map(toldOf);

    expect(
      told.map(({ type, data }) => [type, data['tenantId'], data['period'], data['threshold']]),
    ).toEqual(
      expect.arrayContaining([
        ['budget.threshold', tenantId, 'day', 0.5],
        ['budget.threshold', tenantId, 'day', 0.8],
      ]),
    );
    expect(told).toHaveLength(2);
    expect(told[0]?.data).toMatchObject({ limitUsd: 10, spentUsd: 8.5, keyId: null });
    const { body } = await admin.request('/admin/alerts/incidents');
    expect((body as { data: { incidents: unknown[] } }).data.incidents).toHaveLength(2);
  });

  it('are no tenant, and in no list of tenants', async () => {
    const { body } = await admin.request('/admin/tenants');
    expect(JSON.stringify(body)).not.toContain('operators');
    expect((await admin.request('/admin/tenants/tn_operators')).status).toBe(404);
    const key = await admin.request('/admin/tenants/tn_operators/keys', { body: {} });
    expect(key.status).toBe(404);
    const policy = await admin.request('/admin/tenants/tn_operators', {
      method: 'PATCH',
      body: { policy: {} },
    });
    expect(policy.status).toBe(404);
    const erased = await admin.request('/admin/tenants/tn_operators', { method: 'DELETE' });
    expect(erased.status).toBe(404);
    expect(JSON.stringify((await client.request('/v1/tasks/deliveries')).body)).not.toContain(
      'alert',
    );
  });
});

describe('a paused queue', () => {
  it('fills and loses nothing, and goes on when it is told to', async () => {
    await admin.request('/admin/queues/submit/pause', { method: 'POST' });
    await vi.waitUntil(
      () =>
        stack.workers.every((one) => one.logs().some((line) => line.includes('queue is paused'))),
      PATIENCE,
    );
    const id = await client.createTask({ model: 'flux-2-pro', input: { prompt: 'held back' } });
    await vi.waitUntil(async () => (await standing('submit')).depth === 1, PATIENCE);
    expect((await client.getTask(id)).status).toBe('queued');
    expect(await standing('submit')).toMatchObject({ pausedSince: expect.any(String) as unknown });

    await admin.request('/admin/queues/submit/resume', { method: 'POST' });

    expect((await client.untilTerminal(id)).status).toBe('success');
    expect(await standing('submit')).toMatchObject({ depth: 0, oldest: null, pausedSince: null });
    const unknown = await admin.request('/admin/queues/others/pause', { method: 'POST' });
    expect(unknown.status).toBe(404);
  });
});

interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const toldOf = ({ rawBody }: { readonly rawBody: Buffer }): Told =>
  JSON.parse(rawBody.toString()) as Told;

interface Standing {
  readonly name: string;
  readonly depth: number;
}

async function standing(name: string): Promise<Standing> {
  const { body } = await admin.request('/admin/queues');
  const { queues, workers } = (body as { data: { queues: Standing[]; workers: number } }).data;
  expect(workers).toBe(2);
  const found = queues.find((one) => one.name === name);
  if (!found) throw new Error(`No queue ${name}`);
  return found;
}

/** A budget of the day, and a charge as the ledger has it. */
async function spend(
  tenant: string,
  { limitUsd, spentUsd }: { readonly limitUsd: number; readonly spentUsd: number },
): Promise<string> {
  const { body } = await admin.request('/admin/tenants');
  const { tenants } = (body as { data: { tenants: { id: string; name: string }[] } }).data;
  const id = tenants.find(({ name }) => name === tenant)?.id ?? '';
  await withDatabase(stack.databaseUrl, async (query) => {
    await query(
      `INSERT INTO ledger (subject, kind, tenant_id, model, provider, amount_nano_usd, at) VALUES ('req_spent', 'charge', $1, 'm', 'p', $2, now())`,
      [id, spentUsd * 1e9],
    );
  });
  await admin.request(`/admin/tenants/${id}`, {
    method: 'PATCH',
    body: { policy: { dailyBudgetUsd: limitUsd } },
  });
  return id;
}
