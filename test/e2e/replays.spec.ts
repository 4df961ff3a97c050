import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { startStackOnOwnServers } from '../support/stack.js';

/** Of a process that died, and the wait of whoever comes again; the rest is for a busy machine. */
const LEASE_MS = 60_000;
const EVENTS = { 'content-type': 'text/event-stream' };
const HELLO = 'data: {"choices":[{"index":0,"delta":{"content":"hello"}}]}\n\n';
const REST =
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

let upstream: Server;
let stack: Awaited<ReturnType<typeof startStackOnOwnServers>>;
/** What the upstream was asked. */
let asked: string[];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  upstream = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: 'sk-up' };
  stack = await startStackOnOwnServers({ workers: 0, env });
});
afterAll(async () => {
  await stack?.stop();
  upstream?.close();
});
beforeEach(() => {
  asked = [];
  answer = (response) => void response.writeHead(200, EVENTS).end(`${HELLO}${REST}`);
});

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  asked.push(await text(request));
  answer(response);
}

/** The next request that the upstream takes is answered by the test. */
async function nextTaken(): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  answer = resolve;
  return await promise;
}

const BODY = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'hello' }],
  stream: true,
  stream_options: { include_usage: true },
};

const call = async (url: string, key: string): Promise<Answer> =>
  await new GatewayClient(url, stack.keys[0]).request('/v1/chat/completions', {
    body: BODY,
    headers: { 'idempotency-key': key },
  });

const isReplay = ({ headers }: Answer): boolean => headers.get('idempotent-replay') === 'true';

describe('a call with an Idempotency-Key', () => {
  it('is answered by another process as by one that was killed since', async () => {
    const key = randomUUID();
    const api = await stack.startApi();
    const first = await call(api.url, key);
    const second = await call(api.url, key);
    await api.kill();

    const third = await call(stack.url, key);

    expect([first, second, third].map(isReplay)).toEqual([false, true, true]);
    expect(third).toMatchObject({ status: 200, body: first.body });
    expect(asked).toHaveLength(1);
  });

  it('whose process was killed in the middle is never sent again, and that is said', async () => {
    const key = randomUUID();
    const api = await stack.startApi();
    const taken = nextTaken();
    const first = call(api.url, key).catch(() => null);
    const response = await taken;
    response.writeHead(200, EVENTS).write(HELLO);
    await api.kill();
    await first;

    await expect
      .poll(async () => await call(stack.url, key), { timeout: LEASE_MS })
      .toMatchObject({ status: 409, body: { error_code: 'IDEMPOTENCY_OUTCOME_UNKNOWN' } });
    expect(asked).toHaveLength(1);
  });

  it('whose caller has left is finished by a process that stops, and found by the next', async () => {
    const key = randomUUID();
    const api = await stack.startApi();
    const taken = nextTaken();
    const leaving = new AbortController();
    const first = fetch(`${api.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stack.keys[0]}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(BODY),
      signal: leaving.signal,
    }).catch(() => null);
    const response = await taken;
    response.writeHead(200, EVENTS).write(HELLO);
    leaving.abort();
    await first;
    const stopped = api.stop();
    const isRefused = async (): Promise<boolean> =>
      await fetch(`${api.url}/healthz`).then(
        () => false,
        () => true,
      );
    await expect.poll(isRefused).toBe(true);
    response.end(REST);

    expect(await stopped).toMatchObject({ code: 0 });
    const again = await call(stack.url, key);

    expect(again).toMatchObject({ status: 200, body: `${HELLO}${REST}` });
    expect(isReplay(again)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('is refused while Postgres is away, and finds its answer when that is back', async () => {
    const key = randomUUID();
    const first = await call(stack.url, key);
    await stack.postgres.stop();

    expect(await call(stack.url, key)).toMatchObject({
      status: 503,
      body: { error_code: 'SERVICE_UNAVAILABLE' },
    });
    await stack.postgres.start();
    await expect.poll(async () => (await call(stack.url, key)).status).toBe(200);
    const again = await call(stack.url, key);

    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe(true);
    expect(asked).toHaveLength(1);
  });
});
