import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

const SECRETS = {
  ADMIN_TOKEN: 'secret-of-the-admin',
  MASTER_KEY: Buffer.from('secret-of-the-master-32-bytes-ok').toString('base64'),
  METRICS_TOKEN: 'secret-of-the-metrics',
  OPENAI_API_KEY: 'secret-of-openai',
  // The stand-ins refuse keys that say so themselves: their refusals must not be told on.
  DASHSCOPE_API_KEY: 'wrong-secret-of-dashscope',
  BFL_API_KEY: 'secret-of-bfl',
  VERTEX_ACCESS_TOKEN: 'secret-of-vertex',
};
const TENANT_KEY = 'secret-of-the-tenant';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    env: {
      ...SECRETS,
      INTERNAL_KEYS: `tenant-a:${TENANT_KEY}`,
      LOG_LEVEL: 'debug',
      SANDBOX_DELAY_MS: '50',
      CALLBACK_RETRY_SCHEDULE: '0.1',
    },
  });
  client = new GatewayClient(stack.url, TENANT_KEY);
});
afterAll(async () => await stack?.stop());

it('appear in no log line and no row, whatever goes well or wrong', async () => {
  const admin = new GatewayClient(stack.url, SECRETS.ADMIN_TOKEN);
  const issued = await issueKey(admin);
  const { secret } = await dataOf<{ secret: string }>('/v1/callback-secret');
  const tasks = await everyKindOfTask();
  await client.request('/v1/chat/completions', { body: { model: 'gpt-5', messages: [] } });
  await client.request('/v1/tasks', { body: '{' });
  await new GatewayClient(stack.url, `${TENANT_KEY}-almost`).request('/v1/tasks');
  await new GatewayClient(stack.url, issued).request('/v1/tasks');
  await Promise.all([...stack.apis, ...stack.workers].map(async (one) => await one.stop()));

  expect(tasks.map(({ status }) => status)).toContain('success');
  expect(tasks[2]?.error).toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    message: expect.stringContaining('account'),
  });
  const kept = [
    TENANT_KEY,
    issued,
    secret,
    secret.slice('whsec_'.length),
    ...Object.values(SECRETS),
  ];
  const lines = [...stack.apis, ...stack.workers].flatMap((one) => one.logs());
  expect(lines.length).toBeGreaterThan(20);
  expect(kept.filter((one) => lines.some((line) => line.includes(one)))).toEqual([]);
  expect(lines.filter((line) => line.includes('secret-of-the-hook'))).toEqual([]);
  const rows = await everyRow();
  expect(kept.filter((one) => rows.includes(one))).toEqual([]);
  expect(kept.filter((one) => JSON.stringify(tasks).includes(one))).toEqual([]);
});

/** Success, failure, a refused account, a broken output, and callbacks that are and are not taken. */
async function everyKindOfTask() {
  const taken = await startCallbackReceiver();
  const refused = await startCallbackReceiver([{ status: 500 }, { status: 500 }]);
  const ids = await Promise.all([
    create('flux-2-pro', 'well', taken.url),
    create('flux-2-pro', '[[fault:fail]]', refused.url),
    create('qwen-image-2-0', 'refused', refused.url),
    create('gpt-image-2', '[[fault:error-500]]', taken.url),
    create('veo-3-1', '[[fault:error-429-retry-after:1]]', taken.url),
    create('flux-2-pro', '[[fault:truncated-output:1]]', taken.url),
  ]);
  const tasks = await Promise.all(ids.map(async (id) => await client.untilTerminal(id)));
  await Promise.all([taken.waitFor(4), refused.waitFor(2)]);
  await Promise.all([taken.stop(), refused.stop()]);
  return tasks;
}

const create = async (model: string, prompt: string, url: string): Promise<string> =>
  await client.createTask({
    model,
    input: { prompt },
    callback: { url: `${url}?token=secret-of-the-hook` },
  });

async function issueKey(admin: GatewayClient): Promise<string> {
  const tenant = await admin.request('/admin/tenants', { body: { name: 'issued' } });
  const { id } = (tenant.body as { data: { id: string } }).data;
  const key = await admin.request(`/admin/tenants/${id}/keys`, { body: {} });
  return (key.body as { data: { key: string } }).data.key;
}

async function dataOf<T>(path: string): Promise<T> {
  return ((await client.request(path)).body as { data: T }).data;
}

/** The whole database as text. */
async function everyRow(): Promise<string> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ text: string }>(
      `SELECT t::text AS text FROM ${name} t`,
    );
    texts.push(...rows.map(({ text }) => text));
  }
  await database.end();
  return texts.join('\n');
}
