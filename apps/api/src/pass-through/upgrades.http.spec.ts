import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  NO_GOVERNOR,
  NO_OBJECTS,
  Routing,
  Sockets,
  TargetHealth,
  UpstreamAccounts,
  UpstreamClient,
  Upstreams,
} from '@app/proxy';
import type { AuditRow } from '@app/tenants';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
let upstream: WebSocketServer;
let client: UpstreamClient;
let rows: AuditRow[];
let asked: IncomingMessage[];

beforeEach(async () => {
  asked = [];
  rows = [];
  upstream = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await once(upstream, 'listening');
  upstream.on('connection', (socket, request) => {
    asked.push(request);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  // A server that listens on TCP has an address object.
  const { port } = upstream.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  client = new UpstreamClient({ baseUrl });
  const accounts = new UpstreamAccounts({
    keys: () => [{ id: 'k', weight: 1, reveal: () => 'sk-upstream' }],
  });
  const own = { name: 'openai', baseUrl, weight: 1, injectUsage: true, client, accounts };
  const sockets = new Sockets({
    routing: new Routing(new Upstreams(own)),
    health: new TargetHealth(),
    governor: NO_GOVERNOR,
    objects: NO_OBJECTS,
    namesOf: (model) => [model],
    maxJsonBytes: 65_536,
    onBug: (error) => {
      throw error;
    },
  });
  api = await openApi({ sockets, audit: { add: (row: AuditRow) => rows.push(row) } });
});
afterEach(async () => {
  api.calls.close();
  for (const socket of upstream.clients) socket.terminate();
  upstream.close();
  await Promise.all([api.close(), client.close()]);
});

function connect(path: string, key: string | null = 'a', protocols: string[] = []): WebSocket {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`, protocols, { headers });
  socket.on('error', () => undefined);
  return socket;
}

async function refusal(socket: WebSocket) {
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  const body = JSON.parse(text) as { error_code: string; error: { request_id: string } };
  return { status: answer.statusCode, headers: answer.headers, body };
}

async function closed(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

it('opens a WebSocket by the key of a header, and leaves one audit row', async () => {
  const socket = connect('/v1/realtime?model=gpt-realtime');
  const [[answer]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
  socket.send('{"type":"x"}');
  await once(socket, 'message');

  socket.close(1000);
  await closed(socket);
  await expect.poll(() => rows.length).toBe(1);

  expect(asked[0]?.headers.authorization).toBe('Bearer sk-upstream');
  expect(rows).toMatchObject([
    {
      requestId: (answer as IncomingMessage).headers['x-taskgate-request-id'],
      tenant: api.tenantId,
      method: 'GET',
      path: '/v1/realtime',
      model: 'gpt-realtime',
      status: 101,
      errorCode: null,
      bytesIn: 12,
      bytesOut: 12,
      stream: true,
      clientIp: '127.0.0.1',
    },
  ]);
});

it('opens one by the key of a sub-protocol, which the upstream never sees', async () => {
  const socket = connect('/v1/realtime?model=m', null, ['openai-insecure-api-key.a', 'realtime']);
  await once(socket, 'open');

  expect(socket.protocol).toBe('realtime');
  expect(asked[0]?.headers['sec-websocket-protocol']).toBe('realtime');
});

it.each([
  ['without a key', '/v1/realtime?model=m', null, 401, 'PERMISSION_DENIED', 0],
  ['with a wrong key', '/v1/realtime?model=m', 'wrong', 401, 'PERMISSION_DENIED', 0],
  ["at a path of the gateway's own", '/v1/tasks', 'a', 404, 'NOT_FOUND', 1],
  ['at one of those in another spelling', '/v1/%74asks/x', 'a', 404, 'NOT_FOUND', 1],
  ['outside of the API', '/console', 'a', 404, 'NOT_FOUND', 0],
  ['at a path with an encoded slash', '/v1/a%2Ftasks', 'a', 400, 'INVALID_REQUEST', 1],
  ["at the upstream's administration", '/v1/organization/x', 'a', 403, 'POLICY_VIOLATION', 1],
])(
  'refuses one %s, in the one shape of errors',
  async (_what, path, key, status, code, audited) => {
    const { headers, body, ...answer } = await refusal(connect(path, key));
    await expect.poll(() => rows.length).toBe(audited);

    expect(answer.status).toBe(status);
    expect(body.error_code).toBe(code);
    expect(headers['x-taskgate-request-id']).toBe(body.error.request_id);
    expect(rows.map((row) => [row.status, row.errorCode])).toEqual(
      audited === 0 ? [] : [[status, code]],
    );
    expect(asked).toEqual([]);
  },
);

it('refuses what policy does not allow from there, before anything is sent', async () => {
  await api.tenants.changeTenant(api.tenantId, {
    policy: { endpoints: { deny: ['/v1/realtime'] } },
  });
  await api.authenticator.runOnce();

  const { status, body } = await refusal(connect('/v1/realtime?model=m'));

  expect([status, body.error_code]).toEqual([403, 'POLICY_VIOLATION']);
  expect(asked).toEqual([]);
});

it('ends one whose key is revoked', async () => {
  const socket = connect('/v1/realtime?model=m');
  await once(socket, 'open');
  const [key] = await api.tenants.listKeys(api.tenantId);

  const end = closed(socket);
  await api.tenants.revokeKey(api.tenantId, key?.id ?? '');
  api.calls.recheck();

  expect(await end).toBe(1008);
  await expect.poll(() => rows).toMatchObject([{ status: 101, errorCode: 'PERMISSION_DENIED' }]);
});

it('ends one whose policy has changed, so that the next is opened under the new one', async () => {
  const socket = connect('/v1/realtime?model=m');
  await once(socket, 'open');

  const end = closed(socket);
  await api.tenants.changeTenant(api.tenantId, { policy: { models: { deny: ['m'] } } });
  await api.authenticator.runOnce();

  expect(await end).toBe(1008);
  expect(await refusal(connect('/v1/realtime?model=m'))).toMatchObject({ status: 403 });
});

it('sends callers elsewhere when the process stops', async () => {
  const socket = connect('/v1/realtime?model=m');
  await once(socket, 'open');

  api.calls.close();

  expect(await closed(socket)).toBe(1001);
});

it('answers a request that asks for another protocol as if it had not', async () => {
  const request = httpRequest(`${api.url}/healthz`, {
    headers: {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABk',
    },
  }).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.resume();

  expect(answer.statusCode).toBe(200);
});

it('refuses a handshake by POST, and one with a body', async () => {
  const upgrade = {
    authorization: 'Bearer a',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const statuses = await Promise.all(
    [
      { method: 'POST', headers: upgrade },
      { method: 'GET', headers: { ...upgrade, 'content-length': '4' } },
    ].map(async (options) => {
      const request = httpRequest(`${api.url}/v1/realtime`, options);
      request.end(options.method === 'GET' ? 'GET ' : undefined);
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    }),
  );

  expect(statuses).toEqual([405, 400]);
  expect(asked).toEqual([]);
});
