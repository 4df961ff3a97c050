import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { Database, PostgresReplayStore } from '@app/database';
import { InMemoryOutputStore } from '@app/outputs/testing';
import {
  KeptReplays,
  type KeptReplaysParts,
  NO_GOVERNOR,
  NO_OBJECTS,
  PassThrough,
  Routing,
  TargetHealth,
  UpstreamAccounts,
  UpstreamClient,
  Upstreams,
} from '@app/proxy';
import { aRoute } from '@app/proxy/testing';
import { Keyring } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { openApi, type OpenApi } from '../testing/open-api.js';

const CHAT = '/v1/chat/completions';
const EVENTS = { 'content-type': 'text/event-stream' };
const MAX_KEPT_BYTES = 200_000;
const NOWHERE = new Database('postgres://nobody@127.0.0.1:1/none', { maxConnections: 1 });

let clone: TestDatabase;
let database: Database;
let outputs: InMemoryOutputStore;
let upstream: Server;
let client: UpstreamClient;
/** Two processes of one installation. */
let api: OpenApi;
let other: OpenApi;
let impatient: OpenApi;
/** Those of the gateway, in the order in which they began. */
let responses: ServerResponse[];
/** Without Postgres. */
let lonely: OpenApi;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

beforeAll(async () => {
  clone = await createDatabase();
  database = new Database(clone.url, { maxConnections: 10 });
  outputs = new InMemoryOutputStore();
  upstream = createServer((incoming, response) => void take(incoming, response));
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  client = clientOf(upstream);
  const store = new PostgresReplayStore(database);
  api = await openApi({ passThrough: passThrough(client, { store, waitMs: 5_000 }) });
  other = await openApi({ passThrough: passThrough(client, { store, waitMs: 5_000 }) });
  impatient = await openApi({ passThrough: passThrough(client, { store, waitMs: 1 }) });
  lonely = await openApi({
    passThrough: passThrough(client, { store: new PostgresReplayStore(NOWHERE) }),
  });
});
afterAll(async () => {
  await Promise.all([api, other, impatient, lonely, client].map((one) => one?.close()));
  upstream?.close();
  await Promise.all([database?.close(), NOWHERE.close()]);
  await clone?.drop();
});
beforeEach(() => {
  asked = [];
  responses = [];
  answer = (_, response, body) => {
    const length = String(asked.length);
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': `up-${length}` });
    response.end(JSON.stringify({ number: asked.length, asked: body.toString() }));
  };
});

async function take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(incoming);
  asked.push(`${incoming.method} ${incoming.url}`);
  answer(incoming, response, body);
}

const clientOf = (server: Server): UpstreamClient =>
  new UpstreamClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });

class Watched extends PassThrough {
  override async exchange(...[incoming, response]: Parameters<PassThrough['exchange']>) {
    responses.push(response);
    return await super.exchange(incoming, response);
  }
}

const KEYRING = new Keyring(Buffer.alloc(32, 5));

function passThrough(
  to: UpstreamClient,
  replays: Pick<KeptReplaysParts, 'store'> & Partial<KeptReplaysParts>,
): PassThrough {
  const accounts = new UpstreamAccounts({
    keys: () => [{ id: 'openai:1', weight: 1, reveal: () => 'sk-up' }],
  });
  const spec = { name: 'openai', baseUrl: 'http://up/v1', weight: 1, injectUsage: false };
  const routing = new Routing(new Upstreams({ ...spec, client: to, accounts }));
  routing.replaceRoutes([aRoute('twice', { retries: 1 })]);
  return new Watched(routing, new TargetHealth(), {
    maxBodyBytes: 1_000_000,
    maxJsonBytes: 100_000,
    maxHeldBytes: 10_000_000,
    namesOf: (model) => [model],
    governor: NO_GOVERNOR,
    objects: NO_OBJECTS,
    holdFolder: tmpdir(),
    replays: new KeptReplays({
      objects: outputs,
      keyring: KEYRING,
      onError: () => undefined,
      maxKeptBytes: MAX_KEPT_BYTES,
      ...replays,
    }),
  });
}

interface Ask {
  readonly path?: string;
  readonly body?: string;
  readonly at?: OpenApi;
  readonly as?: string;
}

/** A POST with a key; every answer is told apart by what the upstream counts. */
async function post(
  idempotencyKey: string,
  { path = CHAT, body = '{"a":1}', at = api, as }: Ask = {},
) {
  const response = await at.ask(path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    ...(as !== undefined && { key: as }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
}

const isReplay = ({ headers }: { readonly headers: Headers }): boolean =>
  headers.get('idempotent-replay') === 'true';

const codeOf = ({ text }: { readonly text: string }): unknown =>
  (JSON.parse(text) as { error_code: unknown }).error_code;

/** Asks with a key; `leave` resolves when the gateway knows that the caller is gone. */
function open(key: string) {
  const sent = request(`${api.url}${CHAT}`, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: 'Bearer a',
      'content-type': 'application/json',
      'idempotency-key': key,
    },
  });
  sent.on('error', () => undefined);
  const head = new Promise<IncomingMessage>((resolve) => void sent.once('response', resolve));
  sent.end('{"a":1}');
  const leave = async (): Promise<void> => {
    const noticed = once(responses.at(-1) ?? sent, 'close');
    sent.destroy();
    await noticed;
  };
  return { head, leave };
}

/** The upstream takes the call, and the test answers it. */
async function takenByUpstream(): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  answer = (_, response) => resolve(response);
  return await promise;
}

/** Of a call that is sent twice the first attempt breaks off, and the second is answered. */
async function postTwice(key: string, status: number) {
  answer = ({ socket }, response) => {
    if (asked.length === 1) socket.destroy();
    else response.writeHead(status, { 'content-type': 'application/json' }).end('{"a":2}');
  };
  return await post(key, { body: '{"model":"twice"}' });
}

/** As if the process that has the key had died. */
async function die(key: string): Promise<void> {
  await database.query(`UPDATE replays SET lease_until = now() WHERE key = $1`, [key]);
}

describe('a POST with an Idempotency-Key that comes again', () => {
  it('is answered as the first time, and is not sent', async () => {
    const key = randomUUID();
    const first = await post(key);
    const again = await post(key, { at: other });

    expect(asked).toEqual([`POST ${CHAT}`]);
    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
    expect(again).toMatchObject({ status: 200, text: first.text });
    expect(again.headers.get('x-request-id')).toBe('up-1');
    expect(again.headers.get('content-type')).toBe('application/json');
    const ids = [first, again].map(({ headers }) => headers.get('x-taskgate-request-id'));
    expect(new Set(ids).size).toBe(2);
  });

  it('is answered with the same stream, byte for byte', async () => {
    const key = randomUUID();
    answer = (_, response) => {
      response.writeHead(200, EVENTS);
      for (let event = 0; event < 500; event += 1) response.write(`data: {"at":${event}}\r\n\n`);
      response.end('data: [DONE]\n\n');
    };
    const first = await post(key);
    const again = await post(key);

    expect(asked).toHaveLength(1);
    expect(first.text).toContain('data: [DONE]');
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(again.headers.get('content-type')).toBe('text/event-stream');
  });

  it('is sent once, when twenty come together at two processes', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => await post(key, { at: at % 2 ? api : other })),
    );

    expect(asked).toHaveLength(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(isReplay)).toHaveLength(19);
  });

  it.each<[string, Ask]>([
    ['body', { body: '{"a": 1}' }],
    ['path', { path: '/v1/responses' }],
    ['query', { path: `${CHAT}?a=1` }],
  ])('is refused with another %s', async (_, ask) => {
    const key = randomUUID();
    await post(key);
    const again = await post(key, ask);

    expect(again.status).toBe(422);
    expect(codeOf(again)).toBe('IDEMPOTENCY_KEY_MISMATCH');
    expect(asked).toHaveLength(1);
  });

  it('is another tenant’s own', async () => {
    const key = randomUUID();
    await post(key);

    expect(isReplay(await post(key, { as: 'b' }))).toBe(false);
    expect(asked).toHaveLength(2);
  });

  it('is answered with what was wrong with it', async () => {
    const key = randomUUID();
    answer = (_, response) => response.writeHead(404).end('{"error":"no such model"}');
    await post(key);
    const again = await post(key);

    expect(again).toMatchObject({ status: 404, text: '{"error":"no such model"}' });
    expect(asked).toHaveLength(1);
  });

  it.each([401, 429, 500])('is sent, when it was refused for the moment: %i', async (status) => {
    const key = randomUUID();
    answer = (_, response) => response.writeHead(status).end('{}');
    await post(key);
    const before = asked.length;
    answer = (_, response) => response.writeHead(200).end('{"done":true}');
    const again = await post(key);

    expect(again).toMatchObject({ status: 200, text: '{"done":true}' });
    expect(asked).toHaveLength(before + 1);
  });

  it('has what costs nothing done once as well, and what has no body', async () => {
    const key = randomUUID();
    const path = '/v1/vector_stores';
    await post(key, { path });
    expect(isReplay(await post(key, { path }))).toBe(true);

    const cancel = { path: '/v1/responses/resp_1/cancel', body: '' };
    await post(`${key}-2`, cancel);
    expect(isReplay(await post(`${key}-2`, cancel))).toBe(true);
    expect(asked).toHaveLength(2);
  });
});

describe('a first call whose end is not known', () => {
  it('is not sent again when the upstream cut its answer', async () => {
    const key = randomUUID();
    answer = (_, response) => {
      response.writeHead(200, EVENTS);
      response.write('data: {"half":', () => response.destroy());
    };
    await post(key).catch(() => undefined);
    const again = await post(key);

    expect(again.status).toBe(409);
    expect(codeOf(again)).toBe('IDEMPOTENCY_OUTCOME_UNKNOWN');
    expect(again.text).toMatch(/\(req_\w+\) may have been done by the upstream/);
    expect(again.headers.get('x-should-retry')).toBe('false');
    expect(asked).toHaveLength(1);
  });

  it.each([429, 500])(
    'is not sent again when an attempt broke off before it was refused with %i',
    async (status) => {
      const key = randomUUID();
      await postTwice(key, status);
      const again = await postTwice(key, 200);

      expect(codeOf(again)).toBe('IDEMPOTENCY_OUTCOME_UNKNOWN');
      expect(asked).toHaveLength(2);
    },
  );

  it('is known by the answer that was kept, whatever broke off before', async () => {
    const key = randomUUID();
    await postTwice(key, 200);
    const again = await postTwice(key, 200);

    expect(again).toMatchObject({ status: 200, text: '{"a":2}' });
    expect(isReplay(again)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('is not sent again when its process died', async () => {
    const key = randomUUID();
    const taken = takenByUpstream();
    const first = post(key);
    const response = await taken;
    await die(key);
    const again = await post(key, { at: other });

    expect(codeOf(again)).toBe('IDEMPOTENCY_OUTCOME_UNKNOWN');
    expect(asked).toHaveLength(1);
    response.writeHead(200).end('{}');
    await first;
  });

  it('is waited for, but not for ever', async () => {
    const key = randomUUID();
    const taken = takenByUpstream();
    const first = post(key);
    const response = await taken;
    const again = await post(key, { at: impatient });

    expect(again.status).toBe(409);
    expect(codeOf(again)).toBe('IDEMPOTENCY_KEY_PROCESSING');
    expect(again.headers.get('retry-after')).toBe('2');
    response.writeHead(200).end('{}');
    await first;
    expect(isReplay(await post(key, { at: other }))).toBe(true);
  });
});

describe('a caller who leaves', () => {
  const REST = 'data: {"n":1}\n\ndata: [DONE]\n\n';

  it('in the middle of the answer finds it whole when it comes again', async () => {
    const key = randomUUID();
    const taken = takenByUpstream();
    const call = open(key);
    const response = await taken;
    response.writeHead(200, EVENTS).write('data: {"n":0}\n\n');
    (await call.head).on('error', () => undefined);
    await call.leave();
    response.end(REST);
    const again = await post(key);

    expect(again).toMatchObject({ status: 200, text: `data: {"n":0}\n\n${REST}` });
    expect(isReplay(again)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('before the answer begins finds it whole when it comes again', async () => {
    const key = randomUUID();
    const taken = takenByUpstream();
    const call = open(key);
    const response = await taken;
    await call.leave();
    response.writeHead(200, EVENTS).end(REST);
    const again = await post(key);

    expect(again).toMatchObject({ status: 200, text: REST });
    expect(isReplay(again)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('is left by the upstream when its answer becomes too large to be kept', async () => {
    const key = randomUUID();
    const taken = takenByUpstream();
    const call = open(key);
    const response = await taken;
    await call.leave();
    response.on('error', () => undefined);
    const cut = new Promise<void>((resolve) => void response.once('close', resolve));
    response.writeHead(200).write(Buffer.alloc(MAX_KEPT_BYTES + 1));
    await cut;

    expect(codeOf(await post(key))).toBe('IDEMPOTENCY_OUTCOME_UNKNOWN');
    expect(asked).toHaveLength(1);
  });
});

describe('an answer that is not kept', () => {
  it('reaches its caller whole when it is too large, and its repetition says so', async () => {
    const key = randomUUID();
    const bytes = Buffer.alloc(MAX_KEPT_BYTES + 1, 'a');
    answer = (_, response) => response.writeHead(200).end(bytes);
    const first = await post(key);
    const again = await post(key);

    expect(first.bytes.equals(bytes)).toBe(true);
    expect(again.status).toBe(409);
    expect(codeOf(again)).toBe('IDEMPOTENCY_OUTCOME_UNKNOWN');
    expect(again.text).toContain('which are not kept');
    expect(asked).toHaveLength(1);
  });

  it('is not told in part when it was damaged', async () => {
    const key = randomUUID();
    await post(key);
    const [row] = await database.query<{ object: string }>(
      'SELECT object_key AS object FROM replays WHERE key = $1',
      [key],
    );
    const object = row?.object ?? '';
    const kept = await outputs.open(object);
    const bytes = kept ? await buffer(kept.body) : Buffer.alloc(0);
    await outputs.put(object, bytes.subarray(0, -1), { maxBytes: bytes.length });

    await expect(post(key)).rejects.toThrow('terminated');
    await outputs.delete(object);
    expect(codeOf(await post(key))).toBe('IDEMPOTENCY_OUTCOME_UNKNOWN');
  });
});

describe('a key that cannot be honoured', () => {
  it('is refused with Postgres away; without a key nothing changes', async () => {
    const refused = await post(randomUUID(), { at: lonely });
    const plain = await lonely.ask(CHAT, { json: { a: 1 } });

    expect(refused.status).toBe(503);
    expect(codeOf(refused)).toBe('SERVICE_UNAVAILABLE');
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(plain.status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  it('means nothing on other methods', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const answers = [0, 1].map(async () => await api.ask('/v1/files', { headers }));

    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(asked).toHaveLength(2);
  });

  it.each<[number, string, string, Record<string, string>]>([
    [413, 'PAYLOAD_TOO_LARGE', 'a form', { 'content-type': 'multipart/form-data; boundary=x' }],
    [415, 'UNSUPPORTED_MEDIA_TYPE', 'a compressed body', { 'content-encoding': 'gzip' }],
    [400, 'INVALID_REQUEST', 'a key of 256 bytes', { 'idempotency-key': 'k'.repeat(256) }],
    [400, 'INVALID_REQUEST', 'an empty key', { 'idempotency-key': '' }],
  ])('is %i %s: %s', async (status, code, _, more) => {
    const refused = await api.ask('/v1/files', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...more },
    });

    expect(refused.status).toBe(status);
    expect(codeOf({ text: await refused.text() })).toBe(code);
    expect(asked).toEqual([]);
  });
});
