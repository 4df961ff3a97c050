import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { startCallbackReceiver } from '../support/callback-receiver.js';
import { everyFile, everyRedisValue, everyRow, spellings } from '../support/everything-kept.js';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.js';
import { type Answer, GatewayClient, type RequestOptions } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

const ENVIRONMENT = {
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
const PROXY_PASSWORD = 'secret-of-the-proxy';
const STORED = ['secret-of-a-stored-key', 'secret-of-its-rotation', 'wrong-secret-of-a-stored-key'];
const HOOK_TOKEN = 'secret-of-the-hook';

let stack: Stack;
let proxy: ForwardProxy;
let client: GatewayClient;
let admin: GatewayClient;
/** By a name for the report. */
const secrets = new Map<string, string>();
/** Every answer with an error, as text. */
const refusals: string[] = [];

beforeAll(async () => {
  proxy = await startForwardProxy();
  stack = await startStack({
    env: {
      ...ENVIRONMENT,
      OUTBOUND_PROXY: `http://proxy-user:${PROXY_PASSWORD}@${proxy.address}`,
      // Wrong keys are to come as far as they can.
      AUTH_FAILURES_PER_MINUTE: '100000',
      INTERNAL_KEYS: `tenant-a:${TENANT_KEY}`,
      LOG_LEVEL: 'debug',
      SANDBOX_DELAY_MS: '50',
      CALLBACK_RETRY_SCHEDULE: '0.1',
    },
  });
  client = new GatewayClient(stack.url, TENANT_KEY);
  admin = new GatewayClient(stack.url, ENVIRONMENT.ADMIN_TOKEN);
  for (const [name, value] of Object.entries(ENVIRONMENT)) secrets.set(name, value);
  secrets.set('OUTBOUND_PROXY', PROXY_PASSWORD);
  secrets.set('what the proxy is shown', `proxy-user:${PROXY_PASSWORD}`);
  secrets.set('the bytes of MASTER_KEY', Buffer.from(ENVIRONMENT.MASTER_KEY, 'base64').toString());
  secrets.set('INTERNAL_KEYS', TENANT_KEY);
  for (const stored of STORED) secrets.set(stored, stored);
});
afterAll(async () => {
  await stack?.stop();
  await proxy?.stop();
});

/** Which of the secrets stand in a text, in whatever spelling. */
const foundIn = (text: string): readonly string[] =>
  [...secrets].flatMap(([name, secret]) =>
    spellings(secret).some((one) => text.includes(one)) ? [name] : [],
  );

async function ask(one: GatewayClient, path: string, options?: RequestOptions): Promise<Answer> {
  const answer = await one.request(path, options);
  if (answer.status >= 400) {
    refusals.push(JSON.stringify([answer.body, ...answer.headers]));
  }
  return answer;
}

async function made<T>(path: string, body: unknown = {}): Promise<T> {
  const answer = await admin.request(path, { body });
  expect([path, answer]).toMatchObject([path, { status: 200 }]);
  return (answer.body as { data: T }).data; // the envelope of the contract
}

async function secretOf(one: GatewayClient, path: string, method = 'GET'): Promise<string> {
  const { body } = await one.request(path, { method });
  const { secret } = (body as { data: { secret: string } }).data;
  secrets.set(`${method} ${path}`, secret);
  secrets.set(`${method} ${path}, its bytes`, secret.slice('whsec_'.length));
  return secret;
}

/** Wherever a program may put its key; a key also in those that we do not read. */
const PLACES: readonly ((key: string) => RequestOptions & { readonly query?: string })[] = [
  (key) => ({ headers: { authorization: `Bearer ${key}` } }),
  (key) => ({ headers: { authorization: `Basic ${Buffer.from(`:${key}`).toString('base64')}` } }),
  (key) => ({ headers: { authorization: key } }),
  (key) => ({ headers: { authorization: '', 'x-api-key': key } }),
  (key) => ({
    headers: { authorization: '', 'sec-websocket-protocol': `openai-insecure-api-key.${key}` },
  }),
  (key) => ({ headers: { authorization: '', cookie: `key=${key}` } }),
  (key) => ({ query: `?api_key=${key}&key=${key}` }),
  (key) => ({ headers: { 'x-goog-api-key': key, 'api-key': key } }),
];

const PATHS = ['/v1/tasks', '/v1/chat/completions', '/v1/models', '/v1/nowhere', '/admin/tenants'];

/** A key as it is and not quite, in every place, at doors that open to it and doors that do not. */
async function tryEverywhere(key: string): Promise<void> {
  for (const one of [key, `${key.slice(0, -1)}~`, `${key}${key}`, key.toUpperCase()]) {
    secrets.set(`nearly ${one.slice(0, 4)}…${one.slice(-4)}`, one);
    const caller = new GatewayClient(stack.url, one);
    const asks = PLACES.flatMap((place) =>
      PATHS.map(async (path) => {
        const { query = '', headers } = place(one);
        await ask(caller, path + query, { ...(headers && { headers }) });
      }),
    );
    await Promise.all(asks);
  }
}

const create = async (model: string, prompt: string, url: string): Promise<string> =>
  await client.createTask({
    model,
    input: { prompt },
    callback: { url: `${url}?token=${HOOK_TOKEN}` },
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
    // The proxy is asked for it, and leads nowhere.
    create('flux-2-pro', 'told nobody', 'https://1.1.1.1/hook'),
  ]);
  const tasks = await Promise.all(ids.map(async (id) => await client.untilTerminal(id)));
  await Promise.all([taken.stop(), refused.stop()]);
  return tasks;
}

/** Keys of vendors that are taken, rotated, refused by the vendor, and refused by us. */
async function storeCredentials(): Promise<void> {
  const facts = { provider: 'bfl', label: 'stored', stepSeconds: 1 };
  const [good = '', next = '', wrong = ''] = STORED;
  const { id } = await made<{ id: string }>('/admin/credentials', { ...facts, secret: good });
  await made('/admin/credentials', { ...facts, provider: 'dashscope', secret: wrong });
  const state = async () => {
    const { body } = await admin.request(`/admin/credentials/${id}`);
    return (body as { data: { credential: { state: string } } }).data.credential.state;
  };
  await expect.poll(state, { timeout: 20_000 }).toBe('active');
  await made(`/admin/credentials/${id}/rotate`, { secret: next });
  for (const secret of [good, next, `${good} `, [good], { key: good }]) {
    await ask(admin, '/admin/credentials', { body: { ...facts, secret } });
    await ask(admin, '/admin/credentials', { body: { provider: 'nobody', label: '', secret } });
    await ask(admin, `/admin/credentials/${id}/rotate`, { body: { secret, other: secret } });
    await ask(admin, '/admin/alerts', { method: 'PUT', body: { secret } });
  }
  const url = `ftp://user:${good}@127.0.0.1/`;
  await ask(admin, '/admin/credentials', { body: { ...facts, secret: next, baseUrl: url } });
  await ask(admin, '/admin/alerts', { method: 'PUT', body: { url } });
  for (const body of [`{"secret":${good}}`, `{"secret":"${good}","more":nothing}`, good]) {
    await ask(admin, '/admin/credentials', { body });
  }
}

async function metricsOf({ url }: { readonly url: string }): Promise<string> {
  const headers = { authorization: `Bearer ${ENVIRONMENT.METRICS_TOKEN}` };
  const stranger = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer not-it' } });
  refusals.push(await stranger.text());
  const answer = await fetch(`${url}/metrics`, { headers });
  expect(answer.status).toBe(200);
  return await answer.text();
}

/** For what comes by itself, on a busy machine too. */
const PATIENCE = { timeout: 30_000, interval: 200 };

async function exported(format: string): Promise<string> {
  const answer = await admin.request(`/admin/audit/export?format=${format}`);
  return typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
}

describe('secrets', () => {
  it('appear nowhere, whatever goes well or wrong', async () => {
    const alerts = await startCallbackReceiver([{ status: 500 }]);
    const url = alerts.url;
    await admin.request('/admin/alerts', { method: 'PUT', body: { url } });
    for (const [one, path] of [
      [client, '/v1/callback-secret'],
      [admin, '/admin/alerts/secret'],
    ] as const) {
      await secretOf(one, path);
      await secretOf(one, `${path}/rotate`, 'POST');
    }
    await made('/admin/alerts/test');
    const tenant = await made<{ id: string }>('/admin/tenants', { name: 'issued' });
    const key = await made<{ id: string; key: string }>(`/admin/tenants/${tenant.id}/keys`);
    const path = `/admin/tenants/${tenant.id}/keys/${key.id}`;
    const rotated = await made<{ key: string }>(`${path}/rotate`);
    const named = await made<{ token: string }>('/admin/admins', {
      name: 'a-viewer',
      role: 'viewer',
    });
    secrets.set('an issued key', key.key).set('its rotation', rotated.key);
    secrets.set('a named admin token', named.token);
    const [tasks] = await Promise.all([
      everyKindOfTask(),
      storeCredentials(),
      ...[TENANT_KEY, key.key, rotated.key, named.token, ENVIRONMENT.ADMIN_TOKEN].map(
        tryEverywhere,
      ),
    ]);
    await ask(client, '/v1/chat/completions', { body: { model: 'gpt-5', messages: [] } });
    await ask(client, '/v1/tasks', { body: '{' });
    // Whoever sends it is told which path it was; nobody else is.
    await admin.request(`${path}/${key.key}`, { method: 'DELETE' });
    await admin.request(`/admin/admins/${named.token}`, { method: 'DELETE' });
    await alerts.waitFor(2);
    await alerts.stop();

    expect(tasks.map(({ status }) => status)).toContain('success');
    expect(tasks[2]?.error).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringContaining('account'),
    });
    expect(refusals.length).toBeGreaterThan(200);
    const basic = Buffer.from(`proxy-user:${PROXY_PASSWORD}`).toString('base64');
    await vi.waitUntil(() => proxy.shown.length > 0, PATIENCE);
    expect(proxy.shown).toContain(`Basic ${basic}`);
    const metrics = await Promise.all([...stack.apis, ...stack.workers].map(metricsOf));
    await vi.waitUntil(async () => (await exported('csv')).split('\n').length > 80, PATIENCE);
    const places = {
      tasks: JSON.stringify(tasks),
      refusals: refusals.join('\n'),
      metrics: metrics.join('\n'),
      ndjson: await exported('ndjson'),
      csv: await exported('csv'),
      actions: JSON.stringify((await admin.request('/admin/actions?limit=1000')).body),
      redis: await everyRedisValue(stack.redis.url),
      spool: await stopWithoutTheAudit(),
      rows: await everyRow(stack.databaseUrl),
      files: await everyFile(stack.dataDir),
      logs: logs().join('\n'),
    };

    const looked = Object.entries(places).map(([place, text]) => [
      place,
      text !== '',
      foundIn(text),
    ]);
    expect(looked).toEqual(Object.keys(places).map((place) => [place, true, []]));
    // Where a callback goes is the tenant's own, and it is shown to it; logs are for others to read.
    for (const place of ['refusals', 'metrics', 'ndjson', 'csv', 'redis', 'spool', 'logs'] as const)
      expect([place, places[place].includes(HOOK_TOKEN)]).toEqual([place, false]);
  });
});

const logs = (): readonly string[] =>
  [...stack.apis, ...stack.workers].flatMap((one) => one.logs());

/** Stops all processes while nobody can write audit rows, so that they are spooled; what they spooled. */
async function stopWithoutTheAudit(): Promise<string> {
  await withDatabase(stack.databaseUrl, async (query) => {
    await query('ALTER TABLE audit_log RENAME TO audit_log_away');
    await Promise.all(
      PLACES.slice(0, 5).map(
        async (place) => await client.request('/v1/models', place(TENANT_KEY)),
      ),
    );
    await Promise.all([...stack.apis, ...stack.workers].map(async (one) => await one.stop()));
    await query('ALTER TABLE audit_log_away RENAME TO audit_log');
  });
  return await everyFile(`${stack.dataDir}/spool`);
}
