import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let admin: GatewayClient;

beforeAll(async () => {
  const env = { TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8', PROXY_JSON_LIMIT_BYTES: '65536' };
  stack = await startStack({ workers: 0, env });
  admin = new GatewayClient(stack.url, stack.adminToken);
});
afterAll(async () => await stack?.stop());

async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await admin.request(path, { body });
  if (answer.status === 200) return (answer.body as { data: T }).data;
  throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

let tenants = 0;

/** A tenant of its own with this policy, as its key with that one sees the gateway. */
async function tenantWith(policy: object, keyPolicy: object = {}): Promise<GatewayClient> {
  tenants += 1;
  const { id } = await post<{ id: string }>('/admin/tenants', { name: `t${tenants}`, policy });
  const { key } = await post<{ key: string }>(`/admin/tenants/${id}/keys`, { policy: keyPolicy });
  return new GatewayClient(stack.url, key);
}

const MESSAGES = [{ role: 'user', content: 'good morning' }];
const chat = (more: object = {}) => ({
  body: { model: 'gpt-5-mini', messages: MESSAGES, ...more },
});
const task = (model: string) => ({ body: { model, input: { prompt: 'by policy' } } });

const violation = (says: RegExp, param?: string): object =>
  refusal({ status: 403, code: 'POLICY_VIOLATION', says, ...(param !== undefined && { param }) });

const idsOf = (body: unknown): string[] =>
  (body as { data: readonly { id: string }[] }).data.map(({ id }) => id);

const statusOf = async (asked: Promise<Answer>): Promise<number> => (await asked).status;

describe('client networks', () => {
  it('let a caller in by the address that the trusted proxies saw, and no other', async () => {
    const client = await tenantWith({ clientNetworks: ['198.51.100.0/24'] });
    const from = (forwarded: string) =>
      client.request('/v1/tasks', { headers: { 'x-forwarded-for': forwarded } });

    expect(await statusOf(from('198.51.100.7'))).toBe(200);
    expect(await statusOf(from('203.0.113.9, 198.51.100.7, 10.1.1.1'))).toBe(200);
    expect(refused(await from('198.51.100.7, 203.0.113.9'))).toEqual(violation(/203\.0\.113\.9/));
    expect(refused(await from('198.51.100.7, nonsense'))).toEqual(violation(/127\.0\.0\.1/));
    expect(refused(await client.request('/v1/models'))).toEqual(violation(/clientNetworks/));
  });

  it('are those of the audit too', async () => {
    const client = await tenantWith({});
    const headers = { 'x-forwarded-for': '198.51.100.8' };
    const { headers: answered } = await client.request('/v1/tasks', { headers });
    const requestId = answered.get('x-taskgate-request-id') ?? '';

    await expect
      .poll(async () => (await admin.request(`/admin/audit?requestId=${requestId}`)).body)
      .toMatchObject({ data: { rows: [{ clientIp: '198.51.100.8' }] } });
  });
});

describe('endpoints', () => {
  it('are judged on every route, before a body is read', async () => {
    const client = await tenantWith(
      { endpoints: { allow: ['/v1/tasks*', '/v1/chat/*', 'GET /v1/models'] } },
      { endpoints: { deny: ['POST /v1/tasks/*'] } },
    );

    expect(await statusOf(client.request('/v1/tasks'))).toBe(200);
    expect(await statusOf(client.request('/v1/tasks', task('flux-2-pro')))).toBe(200);
    expect(await statusOf(client.request('/v1/chat/completions', chat()))).toBe(200);
    expect(await statusOf(client.request('/v1/models'))).toBe(200);
    const answers = [
      client.request('/v1/tasks/batch', { body: 'no JSON' }),
      client.request('/v1/tasks/tk-1/cancel', { method: 'POST' }),
      client.request('/v1/images/generations', { body: 'no JSON' }),
      client.request('/v1/callback-secret'),
      client.request('/v1/embeddings', { body: {} }),
      client.request('/v1/%65mbeddings', { body: {} }),
      client.request('/v1//files'),
      client.request('/v1/organization/users'),
    ];
    for (const answer of answers) expect(refused(await answer)).toEqual(violation(/allowed|name/));
  });
});

describe('models', () => {
  it('are judged by all their names, on tasks, quotes, in batches and in OpenAI’s shapes', async () => {
    const client = await tenantWith({ models: { deny: ['flux-2-pro'] } });
    const denied = violation(/"flux-2-pro" is denied/, 'model');

    for (const model of ['flux-2-pro', 'FLUX-2.PRO']) {
      expect(refused(await client.request('/v1/tasks', task(model)))).toEqual(denied);
      expect(refused(await client.request('/v1/tasks/quote', task(model)))).toEqual(denied);
    }
    const pictures = { body: { model: 'flux-2-pro', prompt: 'by policy' } };
    expect(refused(await client.request('/v1/images/generations', pictures))).toEqual(denied);
    const batch = { body: { tasks: [task('flux-2-pro').body, task('qwen-image-2-0').body] } };
    expect((await client.request('/v1/tasks/batch', batch)).body).toMatchObject({
      data: {
        accepted: 1,
        results: [{ error: { error_code: 'POLICY_VIOLATION' } }, { status: 'queued' }],
      },
    });
  });

  it('are listed as far as they are allowed', async () => {
    const client = await tenantWith({ models: { allow: ['qwen-image-*', 'gpt-5*'] } });

    const catalog = idsOf((await client.request('/v1/tasks/models')).body);
    const all = idsOf((await client.request('/v1/models')).body);

    expect(catalog).toContain('qwen-image-2-0');
    expect(catalog.filter((id) => !id.startsWith('qwen-image-'))).toEqual([]);
    expect(all).toContain('qwen-image-2-0');
    expect(all.filter((id) => !/^(qwen-image-|gpt-5)/.test(id))).toEqual([]);
    expect((await client.request('/v1/tasks/models/flux-2-pro')).body).toMatchObject({
      data: { available: false, unavailable: expect.stringContaining('not allowed') },
    });
  });

  it('a replay is answered before they are judged', async () => {
    const { id } = await post<{ id: string }>('/admin/tenants', { name: 'replayer' });
    const { key } = await post<{ key: string }>(`/admin/tenants/${id}/keys`, {});
    const client = new GatewayClient(stack.url, key);
    const asked = { ...task('flux-2-pro'), headers: { 'idempotency-key': 'once' } };
    const first = await client.request('/v1/tasks', asked);
    await admin.request(`/admin/tenants/${id}`, {
      method: 'PATCH',
      body: { policy: { models: { deny: ['*'] } } },
    });

    await expect.poll(() => statusOf(client.request('/v1/tasks', task('flux-2-pro')))).toBe(403);
    const again = await client.request('/v1/tasks', asked);

    expect(again.headers.get('idempotent-replay')).toBe('true');
    expect((again.body as { data: object }).data).toMatchObject(
      (first.body as { data: { taskId: string } }).data,
    );
  });
});

describe('the pass-through', () => {
  it('asks the upstream only for what policy allows of models and tokens', async () => {
    const policy = { models: { allow: ['gpt-5*'] }, maxTokens: 64 };
    const client = await tenantWith(policy, { models: { deny: ['gpt-5-pro'] } });
    const complete = (more: object) => client.request('/v1/chat/completions', chat(more));

    expect(await statusOf(complete({ max_completion_tokens: 64 }))).toBe(200);
    expect(refused(await complete({ max_completion_tokens: 65 }))).toEqual(
      violation(/at most 64/, 'max_completion_tokens'),
    );
    expect(refused(await complete({}))).toEqual(violation(/missing/, 'max_completion_tokens'));
    expect(refused(await complete({ model: 'o3', max_tokens: 1 }))).toEqual(
      violation(/gpt-5\*/, 'model'),
    );
    expect(refused(await complete({ model: 'GPT-5-pro', max_tokens: 1 }))).toEqual(
      violation(/this key/, 'model'),
    );
    expect(refused(await client.request('/v1/batches', { body: {} }))).toEqual(
      violation(/models, maxTokens/),
    );
    const large = chat({ max_tokens: 1, user: 'x'.repeat(70_000) });
    expect(refused(await client.request('/v1/chat/completions', large))).toEqual(
      refusal({ status: 413, code: 'PAYLOAD_TOO_LARGE', says: /65536/ }),
    );
  });

  it('sends large bodies on where no policy needs them, and refuses doubled keys to everybody', async () => {
    const client = await tenantWith({});
    const large = chat({ user: 'x'.repeat(70_000) });
    const body = `{"model":"gpt-5-mini","model":"o3","messages":${JSON.stringify(MESSAGES)}}`;

    expect(await statusOf(client.request('/v1/chat/completions', large))).toBe(200);
    expect(refused(await client.request('/v1/chat/completions', { body }))).toEqual(
      refusal({ status: 400, code: 'INVALID_REQUEST', param: 'model', says: /twice/ }),
    );
  });
});
