import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

const KEY = 'tenant-key-that-must-not-leak';

let stack: Stack;
let openai: OpenAI;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ workers: 0, env: { INTERNAL_KEYS: `tenant-a:${KEY},tenant-b` } });
  openai = new OpenAI({ apiKey: KEY, baseURL: `${stack.url}/v1`, maxRetries: 0 });
  client = new GatewayClient(stack.url, KEY);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

const chat = (content: string) => ({
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content }],
});

describe('OpenAI’s own client', () => {
  it('chats', async () => {
    const answer = await openai.chat.completions.create(chat('good morning'));

    expect(answer.choices[0]?.message.content).toBe('You said: good morning');
    expect(answer.usage?.completion_tokens).toBe(4);
  });

  it('chats in a stream, with usage only where it asks for it', async () => {
    const body = { ...chat('one two three'), stream: true as const };
    const plain = await all(await openai.chat.completions.create(body));
    const options = { include_usage: true };
    const counted = await all(
      await openai.chat.completions.create({ ...body, stream_options: options }),
    );
    const said = plain.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

    expect(said).toBe('You said: one two three');
    expect(plain.filter(({ usage }) => usage)).toEqual([]);
    expect(counted.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
  });

  it('asks for responses, plain and streamed', async () => {
    const body = { model: 'gpt-5', input: 'good evening' };
    const plain = await openai.responses.create(body);
    const events = await all(await openai.responses.create({ ...body, stream: true }));

    expect(plain.output_text).toBe('You said: good evening');
    expect(events.at(0)?.type).toBe('response.created');
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
  });

  it('embeds and lists models', async () => {
    const { data } = await openai.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
    });
    const models = await all(await openai.models.list());

    expect(data.map(({ embedding }) => embedding.length)).toEqual([1536, 1536]);
    expect(models.map(({ id }) => id)).toContain('gpt-5');
  });

  it('uploads a file, gets the same bytes back, and deletes it', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const file = await openai.files.create({
      file: await toFile(bytes, 'größe.bin'),
      purpose: 'user_data',
    });
    const content = await openai.files.content(file.id);

    expect(file.bytes).toBe(bytes.length);
    expect(Buffer.from(await content.arrayBuffer())).toEqual(bytes);
    expect(content.headers.get('content-disposition')).toContain('attachment');
    expect(await openai.files.delete(file.id)).toMatchObject({ deleted: true });
    await expect(openai.files.retrieve(file.id)).rejects.toThrow(NotFoundError);
  });

  it('gets its typed errors: ours for a wrong key, the upstream’s for a wrong request', async () => {
    const stranger = new OpenAI({ apiKey: 'nobody', baseURL: `${stack.url}/v1`, maxRetries: 0 });
    const wrongField = { ...chat('hello'), colour: 'red' };

    await expect(stranger.models.list()).rejects.toThrow(AuthenticationError);
    const wrong = openai.chat.completions.create(wrongField);
    await expect(wrong).rejects.toThrow(BadRequestError);
    await expect(wrong).rejects.toMatchObject({
      status: 400,
      code: 'unknown_parameter',
      param: 'colour',
      requestID: expect.stringMatching(/^req_[0-9a-f]{32}$/),
    });
  });
});

describe('the upstream', () => {
  it('sees its own key and nothing of the tenant’s, in whatever header that was sent', async () => {
    const carried = {
      authorization: `Bearer ${KEY}`,
      'x-api-key': KEY,
      'api-key': KEY,
      cookie: `session=${KEY}`,
      'proxy-authorization': `Bearer ${KEY}`,
      'openai-organization': 'org-of-the-tenant',
      'x-forwarded-for': '203.0.113.9',
      'x-custom': 'kept',
      'openai-beta': 'assistants=v2',
    };
    const answer = await client.request('/v1/models?limit=2&after=%2Fa', { headers: carried });
    const seen = await sandbox.lastOpenAiRequest();

    expect(answer.status).toBe(200);
    expect(seen).toMatchObject({
      method: 'GET',
      path: '/openai/v1/models?limit=2&after=%2Fa',
      headers: {
        authorization: 'Bearer sandbox',
        'x-custom': 'kept',
        'openai-beta': 'assistants=v2',
        'accept-encoding': 'identity',
        host: new URL(stack.sandbox.url).host,
      },
    });
    expect(JSON.stringify(seen)).not.toContain(KEY);
    expect(Object.keys(seen?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(x-forwarded|cookie|openai-organization)/)]),
    );
  });

  it('is named in the answer by its own headers, ours beside them', async () => {
    const { headers } = await client.request('/v1/models');

    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/),
      'x-taskgate-request-id': expect.stringMatching(/^req_[0-9A-Z]{26}$/),
      'openai-organization': 'org-sandbox',
      'x-ratelimit-limit-requests': '10000',
    });
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'gets a %s of a path that nobody has heard of',
    async (method) => {
      const path = `/v1/not-yet/invented/${method}?a=1&a=2`;
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: { some: 'thing' } } : {};
      const answer = await client.request(path, { method, ...body });

      expect(await sandbox.lastOpenAiRequest()).toMatchObject({ method, path: `/openai${path}` });
      expect(answer.status).toBe(404);
      // The upstream's own words, not ours; a HEAD has none.
      expect(JSON.stringify(answer.body)).toMatch(method === 'HEAD' ? /^""$/ : /Invalid URL/);
    },
  );

  it.each([
    ['/v1/organization/api_keys', 403, 'POLICY_VIOLATION'],
    ['/v1/Organization/users', 403, 'POLICY_VIOLATION'],
    ['/v1/%6frganization/users', 403, 'POLICY_VIOLATION'],
    ['/v1/files%2f..%2forganization', 400, 'INVALID_REQUEST'],
    ['/v1/files/%2e%2e/organization', 400, 'INVALID_REQUEST'],
    ['/v1/files/../organization/users', 400, 'INVALID_REQUEST'],
    ['/v1/files/%252e%252e/organization', 400, 'INVALID_REQUEST'],
    ['/v1/files\\organization', 400, 'INVALID_REQUEST'],
  ])('never gets %s', async (path, status, code) => {
    await client.request('/v1/models?before');

    expect(refused(await rawGet(path))).toEqual(refusal({ status, code }));
    expect((await sandbox.lastOpenAiRequest())?.path).toBe('/openai/v1/models?before');
  });
});

const opened = async (content: string, signal?: AbortSignal): Promise<Response> =>
  await fetch(`${stack.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...chat(content), stream: true }),
    ...(signal && { signal }),
  });

describe('a stream', () => {
  it('arrives piece by piece, the first before the last was sent', async () => {
    const response = await opened('[[delay:1s]] slow words that take their time');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    // The upstream is still at it: it has answered this one, and the stream is not at its end.
    const meanwhile = await openai.chat.completions.create(chat('in between'));
    let rest = '';
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      rest += next.value;
    }

    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(first?.value).toMatch(/^data: /);
    expect(first?.value).not.toContain('[DONE]');
    expect(meanwhile.choices[0]?.message.content).toBe('You said: in between');
    expect(rest).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('is let go when its reader leaves, who has the first piece long before the last is due', async () => {
    const leave = new AbortController();
    const response = await opened('[[delay:30s]] words that nobody waits for', leave.signal);
    const first = await response.body?.pipeThrough(new TextDecoderStream()).getReader().read();
    leave.abort();

    expect(first?.value).toMatch(/^data: /);
    const requestId = response.headers.get('x-taskgate-request-id') ?? '';
    await expect
      .poll(async () => await auditOf(`requestId=${requestId}`))
      .toMatchObject([{ status: 200, stream: true, tokensOut: null }]);
  });

  it('or an answer that has not begun is let go as well', async () => {
    const leave = new AbortController();
    const before = await sandbox.submits('[[delay:30s]] too slow');
    const answer = openai.chat.completions.create(chat('[[delay:30s]] too slow'), {
      signal: leave.signal,
    });
    await expect.poll(async () => await sandbox.submits('[[delay:30s]] too slow')).toHaveLength(1);
    leave.abort();

    expect(before).toEqual([]);
    await expect(answer).rejects.toThrow('aborted');
    await expect
      .poll(async () => await auditOf('status=499'))
      .toMatchObject([{ path: '/v1/chat/completions', model: 'gpt-5-mini', bytesOut: 0 }]);
    expect((await client.request('/v1/models')).status).toBe(200);
  });

  it('that the upstream cuts does not look complete', async () => {
    const response = await opened('[[fault:truncated-output]] half of all this');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const readAll = async (): Promise<void> => {
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
        seen += next.value;
      }
    };

    await expect(readAll()).rejects.toThrow(TypeError);
    expect(seen).not.toContain('[DONE]');
    expect(seen).toContain('upstream_error');
  });
});

async function auditOf(filter: string): Promise<unknown> {
  const admin = new GatewayClient(stack.url, stack.adminToken);
  const answer = await admin.request(`/admin/audit?${filter}`);
  return (answer.body as { data: { rows: unknown } }).data.rows;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

/** `fetch` would tidy the path up. */
async function rawGet(path: string) {
  const { hostname: host, port } = new URL(stack.url);
  const headers = { authorization: `Bearer ${KEY}` };
  const request = httpRequest({ host, port, path, headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return {
    status: Number(response.statusCode),
    headers: new Headers(Object.entries(response.headers).map(([k, v]) => [k, String(v)])),
    body: JSON.parse(text),
  };
}
