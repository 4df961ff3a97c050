import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let second: Server;
let admin: GatewayClient;
/** What the second upstream was asked, newest last. */
const asked: { readonly authorization: string | undefined; readonly model: unknown }[] = [];

beforeAll(async () => {
  second = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void second.listen(0, '127.0.0.1', resolve));
  const { port } = second.address() as AddressInfo;
  stack = await startStack({ apis: 2, workers: 0 });
  admin = new GatewayClient(stack.url, stack.adminToken);
  const body = { name: 'second', baseUrl: `http://127.0.0.1:${port}/v1`, secret: 'sk-second' };
  await admin.request('/admin/upstreams', { body });
});
afterAll(async () => {
  await stack?.stop();
  second?.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { model } = (await json(request)) as { model?: unknown };
  asked.push({ authorization: request.headers.authorization, model });
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ id: 'chat-of-the-second', object: 'chat.completion', model }));
}

const route = async (model: string, targets: readonly object[]) =>
  await admin.request(`/admin/routes/${model}`, { method: 'PUT', body: { targets } });

/** Which model answers, where a process is asked for `fast`; null: it is not there. */
async function answerOf(url: string | undefined): Promise<string | null> {
  const { body } = await new GatewayClient(url ?? '', stack.keys[0]).request(
    '/v1/chat/completions',
    { body: { model: 'fast', messages: [{ role: 'user', content: 'hello' }] } },
  );
  const { id, model } = body as { id?: string; model?: string };
  return id === 'chat-of-the-second' ? (model ?? null) : null;
}

describe('a route that one process was told of', () => {
  it('sends calls of every process there, with the upstream’s key and the model’s other name', async () => {
    await route('fast', [{ upstream: 'second', model: 'real-1' }]);

    await expect.poll(async () => await answerOf(stack.apis[1]?.url)).toBe('real-1');
    expect(await answerOf(stack.apis[0]?.url)).toBe('real-1');
    expect(asked.at(-1)).toEqual({ authorization: 'Bearer sk-second', model: 'real-1' });
  });

  it('is followed by a process from its first call on', async () => {
    await route('fast', [{ upstream: 'second', model: 'real-2' }]);
    const { url } = await stack.startApi();

    expect(await answerOf(url)).toBe('real-2');
  });

  it('ends in every process when it is taken back', async () => {
    await admin.request('/admin/routes/fast', { method: 'DELETE' });

    await expect.poll(async () => await answerOf(stack.apis[1]?.url)).toBeNull();
    expect(await answerOf(stack.apis[0]?.url)).toBeNull();
  });
});
