import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import OpenAI from 'openai';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

const KEY = 'tenant-key-that-must-not-leak';
const BODY = 'words-of-a-body-that-must-not-be-kept';

interface AuditRow {
  readonly requestId: string;
  readonly tenant: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly bytesOut: number;
}

let stack: Stack;
let openai: OpenAI;
let client: GatewayClient;
let admin: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    env: { SANDBOX_DELAY_MS: '50', INTERNAL_KEYS: `tenant-a:${KEY},tenant-b` },
  });
  openai = new OpenAI({ apiKey: KEY, baseURL: `${stack.url}/v1`, maxRetries: 0 });
  client = new GatewayClient(stack.url, KEY);
  admin = new GatewayClient(stack.url, stack.adminToken);
});
afterAll(async () => await stack?.stop());

async function rowsOf(query: string): Promise<readonly AuditRow[]> {
  const { body } = await admin.request(`/admin/audit?${query}`);
  return (body as { data: { rows: readonly AuditRow[] } }).data.rows;
}

/** Rows are written in batches, a moment after the answer. */
async function rowOf(requestId: string | null): Promise<AuditRow> {
  const query = `requestId=${requestId}`;
  await expect.poll(async () => (await rowsOf(query)).length).toBe(1);
  const [row] = await rowsOf(query);
  if (row) return row;
  throw new Error(`No audit row of ${requestId}`);
}

const idOf = ({ headers }: { readonly headers: Headers }): string | null =>
  headers.get('x-taskgate-request-id');

const chat = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: `say ${BODY}` }],
};

describe('a request of the pass-through', () => {
  it('leaves one row with its model, tokens, status and size', async () => {
    const { response } = await openai.chat.completions.create(chat).withResponse();
    const row = await rowOf(idOf(response));

    expect(row).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      model: 'gpt-5-mini',
      upstream: 'openai',
      status: 200,
      errorCode: null,
      tokensIn: Math.ceil(`say ${BODY}`.length / 4),
      tokensOut: 4,
      tokensCached: 0,
      costUsd: 0.00001075,
      stream: false,
      keyPrefix: KEY.slice(0, 8),
      clientIp: '127.0.0.1',
      bytesIn: JSON.stringify(chat).length,
      bytesOut: Number(response.headers.get('content-length')),
    });
    expect(row.latencyMs).toBeGreaterThanOrEqual(0);
    expect(row.bytesOut).toBeGreaterThan(0);
  });

  it('that streams has the tokens that its last frame tells of', async () => {
    const streamed = { ...chat, stream: true as const, stream_options: { include_usage: true } };
    const { data, response } = await openai.chat.completions.create(streamed).withResponse();
    for await (const _ of data);
    const { data: events, response: told } = await openai.responses
      .create({ model: 'gpt-5', input: 'hello', stream: true })
      .withResponse();
    for await (const _ of events);

    expect(await rowOf(idOf(response))).toMatchObject({
      stream: true,
      model: 'gpt-5-mini',
      tokensIn: Math.ceil(`say ${BODY}`.length / 4),
      tokensOut: 4,
    });
    expect(await rowOf(idOf(told))).toMatchObject({
      stream: true,
      path: '/v1/responses',
      model: 'gpt-5',
      tokensIn: 2,
      tokensOut: 3,
    });
  });

  it.each([
    ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'abcd' }, 200, 1],
    ['/v1/chat/completions', { model: 'gpt-5-mini' }, 400, null],
    ['/v1/organization/users', {}, 403, null],
    ['/v1/tasks/no/such/route', {}, 404, null],
  ])('to %s leaves one row, whatever became of it', async (path, body, status, tokensIn) => {
    const answer = await client.request(`${path}?with=query`, { body });

    expect(answer.status).toBe(status);
    expect(await rowOf(idOf(answer))).toMatchObject({ path, status, tokensIn, tokensOut: null });
  });
});

describe('a request to the gateway itself', () => {
  it('leaves one row, with the model that a task is for', async () => {
    const body = { model: 'flux-2-pro', input: { prompt: BODY } };
    const answer = await client.request('/v1/tasks', { body });

    expect(await rowOf(idOf(answer))).toMatchObject({
      method: 'POST',
      path: '/v1/tasks',
      model: 'flux-2-pro',
      status: 200,
      bytesIn: JSON.stringify(body).length,
      bytesOut: JSON.stringify(answer.body).length,
      upstream: null,
    });
  });

  it.each<[string, (path: GatewayClient) => Promise<Answer>, number, string | null]>([
    ['a list', async (from) => await from.request('/v1/tasks'), 200, null],
    ['no task', async (from) => await from.request('/v1/tasks/tk-1'), 404, 'NOT_FOUND'],
    [
      'a bad field',
      async (from) => await from.request('/v1/tasks', { body: {} }),
      400,
      'INVALID_REQUEST',
    ],
    [
      'no JSON',
      async (from) => await from.request('/v1/tasks', { body: '{' }),
      400,
      'INVALID_REQUEST',
    ],
    [
      'an upload that is no picture',
      async (from) => await from.request('/v1/inputs', { body: {} }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a wrong method',
      async (from) => await from.request('/v1/tasks', { method: 'PUT' }),
      405,
      'METHOD_NOT_ALLOWED',
    ],
  ])('(%s) leaves one row with its status and error', async (_, ask, status, errorCode) => {
    const answer = await ask(client);

    expect(answer.status).toBe(status);
    expect(await rowOf(idOf(answer))).toMatchObject({ status, errorCode });
  });
});

describe('a caller who leaves before its body has ended', () => {
  it('leaves one row, and the gateway goes on', async () => {
    const { hostname: host, port } = new URL(stack.url);
    const headers = {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'content-length': '1000',
    };
    const request = httpRequest({ host, port, path: '/v1/tasks', method: 'POST', headers });
    request.on('error', () => undefined);
    request.write('{"model":');
    await once(request, 'socket');
    await client.request('/v1/tasks'); // by then the head has arrived
    request.destroy();

    await expect
      .poll(async () => await rowsOf('status=499'))
      .toMatchObject([{ method: 'POST', path: '/v1/tasks', clientIp: '127.0.0.1' }]);
    expect((await client.request('/v1/tasks')).status).toBe(200);
  });
});

describe('the audit', () => {
  it('has no row of requests that did not pass authentication', async () => {
    const stranger = new GatewayClient(stack.url, 'nobody');
    const refused = [
      await stranger.request('/v1/tasks'),
      await stranger.request('/v1/tasks', { body: { model: 'flux-2-pro' } }),
      await stranger.request('/v1/models'),
      await client.request('/admin/tenants'),
    ];
    await rowOf(idOf(await client.request('/v1/tasks'))); // written after any of theirs would be

    const rows = await Promise.all(
      refused.map(async (one) => await rowsOf(`requestId=${idOf(one)}`)),
    );
    expect(rows.flat()).toEqual([]);
  });

  it('is found by status, model, tenant and time, page by page', async () => {
    await rowOf(idOf(await client.request('/v1/models/gpt-5')));
    const everything = await rowsOf('limit=1000');
    const first = everything.at(0);

    expect((await rowsOf('status=404')).every(({ status }) => status === 404)).toBe(true);
    expect(await rowsOf('model=no-such-model')).toEqual([]);
    expect(await rowsOf(`tenant=${first?.tenant}&limit=1000`)).toHaveLength(everything.length);
    expect(await rowsOf('to=2020-01-01T00:00:00Z')).toEqual([]);
    const page = await admin.request('/admin/audit?limit=2');
    const { data } = page.body as { data: { rows: readonly AuditRow[]; nextCursor: string } };
    const next = await rowsOf(`limit=2&cursor=${data.nextCursor}`);
    expect([...data.rows, ...next]).toEqual(everything.slice(0, 4));
  });

  it('holds one row for each request, and of no request its key, its body or its query', async () => {
    const database = new Client({ connectionString: stack.databaseUrl });
    await database.connect();
    const { rows } = await database.query<{ row: string; request_id: string }>(
      'SELECT a::text AS row, request_id FROM audit_log a',
    );
    await database.end();

    expect(rows.length).toBeGreaterThan(10);
    expect(new Set(rows.map(({ request_id: id }) => id)).size).toBe(rows.length);
    const text = rows.map(({ row }) => row).join('\n');
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(BODY);
    expect(text).not.toContain('with=query');
    expect(text).not.toContain('sandbox');
  });
});
