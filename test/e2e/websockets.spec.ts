import { once } from 'node:events';
import { connect as connectTcp, type TcpNetConnectOpts } from 'node:net';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

const KEY = 'tenant-key-that-must-not-leak';

let stack: Stack;
let openai: OpenAI;

beforeAll(async () => {
  stack = await startStack({
    workers: 0,
    env: { INTERNAL_KEYS: `tenant-a:${KEY}`, DRAIN_TIMEOUT_SECONDS: '1' },
  });
  openai = new OpenAI({ apiKey: KEY, baseURL: `${stack.url}/v1`, maxRetries: 0 });
});
afterAll(async () => await stack?.stop());

/** The realtime client insists on wss:, so what it connects with speaks plainly. */
const createConnection = (to: TcpNetConnectOpts) => connectTcp({ host: to.host, port: to.port });

interface Rows {
  readonly data: { readonly rows: readonly Record<string, unknown>[] };
}

async function auditOf(path: string): Promise<readonly Record<string, unknown>[]> {
  const admin = new GatewayClient(stack.url, stack.adminToken);
  const { body } = await admin.request('/admin/audit?limit=50');
  return (body as Rows).data.rows.filter((row) => row['path'] === path);
}

it('carries a realtime session of OpenAI’s own client', async () => {
  const realtime = new OpenAIRealtimeWS(
    { model: 'gpt-realtime', options: { createConnection } as object },
    openai,
  );
  const heard: string[] = [];
  const done = new Promise((resolve, reject) => {
    realtime.on('error', reject);
    realtime.on('response.output_audio.delta', ({ delta }) => void heard.push(delta));
    realtime.on('response.done', resolve);
  });
  await once(realtime.socket, 'open');

  for (const audio of ['AAAA', 'BBBB']) realtime.send({ type: 'input_audio_buffer.append', audio });
  realtime.send({ type: 'response.create' });
  await done;
  realtime.close();

  expect(heard).toEqual(['AAAA', 'BBBB']);
  const seen = await new SandboxControl(stack.sandbox.url).lastOpenAiRequest();
  expect(seen?.path).toBe('/openai/v1/realtime?model=gpt-realtime');
  expect(JSON.stringify(seen)).not.toContain(KEY);
  await expect
    .poll(async () => await auditOf('/v1/realtime'))
    .toMatchObject([{ status: 101, model: 'gpt-realtime', tokensIn: 20, tokensOut: 10 }]);
});

it('carries responses of OpenAI’s own client, one after the other', async () => {
  const responses = new ResponsesWS(openai);
  const said: string[] = [];
  for (const input of ['good morning', 'good night']) {
    const over = new Promise<string>((resolve, reject) => {
      responses.on('error', reject);
      responses.once('response.completed', ({ response }) =>
        resolve(JSON.stringify(response.output)),
      );
    });
    responses.send({ type: 'response.create', model: 'gpt-5-mini', input });
    said.push(await over);
  }
  responses.close();

  expect(said[0]).toContain('You said: good morning');
  expect(said[1]).toContain('You said: good night');
  await expect.poll(async () => await auditOf('/v1/responses')).toHaveLength(1);
});

it('waits for connections when it is told to stop, then sends their callers elsewhere', async () => {
  const api = await stack.startApi();
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  await once(socket, 'message');
  const closed = once(socket, 'close');

  const stopped = api.stop();
  socket.send(JSON.stringify({ type: 'response.create' }));
  const [created] = (await once(socket, 'message')) as [Buffer];
  const [code] = (await closed) as [number];

  expect(created.toString()).toContain('response.created');
  expect(code).toBe(1001);
  expect((await stopped).code).toBe(0);
  await expect.poll(async () => await auditOf('/v1/realtime')).toHaveLength(2);
});
