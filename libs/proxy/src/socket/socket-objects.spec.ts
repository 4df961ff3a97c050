import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObjectWriter } from '../objects/object-writer.js';
import { OwnedObjects } from '../objects/owned-objects.js';
import { InMemoryObjectStore } from '../testing/in-memory-object.store.js';
import {
  opened,
  refusal,
  type SocketStand,
  socketStand,
  type SocketStandOptions,
  textsOf,
} from '../testing/socket-stand.js';

const MINE = 'tn_1';
const THEIRS = 'tn_2';

const arrived: string[] = [];
const stands: SocketStand[] = [];
let store: InMemoryObjectStore;

beforeEach(() => {
  store = new InMemoryObjectStore();
  arrived.length = 0;
});
afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

async function open(more: SocketStandOptions = {}): Promise<SocketStand> {
  const writer = new ObjectWriter({ store, later: { add: () => undefined } });
  const places = { isUpstream: () => true, hasKey: () => true };
  const stand = await socketStand({
    keys: ['k1', 'k2', 'k3'],
    objects: new OwnedObjects({ store, writer, unknown: 'refuse', places }),
    upstream: (socket, { headers }) => {
      arrived.push(String(headers.authorization));
      socket.on('message', (data: Buffer) => arrived.push(data.toString('utf8')));
    },
    ...more,
  });
  stands.push(stand);
  return stand;
}

async function owns(tenantId: string, id: string, account = 'id-of-k1'): Promise<void> {
  const kind = 'realtime/calls';
  const row = { id, kind, tenantId, upstream: 'openai', account, createdAt: new Date() };
  await store.record([row]);
}

describe('a connection that joins what lives at the upstream', () => {
  it.each(['/v1/realtime?call_id=rtc_00000001', '/v1/live/sessions/rtc_00000001'])(
    'is 404 where that is another tenant’s, or nobody’s, and the upstream hears nothing: %s',
    async (path) => {
      const stand = await open();
      const unknown = await refusal(stand.connect(path));
      await owns(THEIRS, 'rtc_00000001');

      const theirs = await refusal(stand.connect(path));

      expect(theirs.status).toBe(404);
      expect(theirs.text.replace(/req_\d/, '')).toBe(unknown.text.replace(/req_\d/, ''));
      expect(arrived).toEqual([]);
    },
  );

  it('is opened with the key that made it', async () => {
    const stand = await open();
    await owns(MINE, 'rtc_00000001', 'id-of-k3');

    await opened(stand.connect('/v1/realtime?call_id=rtc_00000001'));
    await opened(stand.connect('/v1/realtime?call_id=rtc_00000001'));

    expect(arrived).toEqual(['Bearer k3', 'Bearer k3']);
  });

  it('asks nobody whose its model is', async () => {
    const stand = await open();

    await opened(stand.connect('/v1/realtime?model=gpt-realtime-2025-08-28'));

    expect(store.finds).toBe(0);
  });
});

describe('an event to /v1/responses, also where no policy is in force', () => {
  const theirs = { type: 'response.create', model: 'm', previous_response_id: 'resp_00000001' };
  const crowded = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`f${at}`, 0]));

  it.each<[string, string | Buffer]>([
    ['by its name', JSON.stringify(theirs)],
    ['in bytes', Buffer.from(JSON.stringify(theirs))],
    ['among a thousand fields', JSON.stringify({ ...theirs, ...crowded })],
    ['in a type that is not known', JSON.stringify({ ...theirs, type: 'response.fork' })],
  ])('does not reach the upstream with another tenant’s response, %s', async (_name, event) => {
    await owns(THEIRS, 'resp_00000001');
    const stand = await open();
    const caller = await opened(stand.connect('/v1/responses'));
    const told = textsOf(caller);

    caller.send(event);

    expect(JSON.parse(await told())).toMatchObject({ type: 'error' });
    expect(arrived.slice(1)).toEqual([]);
  });

  it('is refused where a hundred of the connection are not over', async () => {
    const stand = await open();
    const caller = await opened(stand.connect('/v1/responses'));
    const told = textsOf(caller);

    for (let at = 0; at <= 100; at += 1) caller.send('{"type":"response.create","model":"m"}');

    expect(JSON.parse(await told())).toMatchObject({ type: 'error', status: 429 });
  });

  it('is refused where POST /v1/responses is', async () => {
    const stand = await open({ policy: { endpoints: { deny: ['POST /v1/responses'] } } });
    const caller = await opened(stand.connect('/v1/responses'));
    const told = textsOf(caller);

    caller.send('{"type":"response.create","model":"m"}');

    expect(JSON.parse(await told())).toMatchObject({ type: 'error', status: 403 });
    expect(arrived.slice(1)).toEqual([]);
  });

  it('is refused with a model in what it holds, where models are judged', async () => {
    const stand = await open({ policy: { models: { allow: ['m'] } } });
    const caller = await opened(stand.connect('/v1/responses'));
    const told = textsOf(caller);

    caller.send('{"type":"response.create","model":"m","response":{"model":"dear"}}');

    expect(JSON.parse(await told())).toMatchObject({ status: 400, error: { param: 'response' } });
  });
});

describe('a handshake that the upstream refuses', () => {
  it('because of the gateway’s key is 502, and shows nothing of it', async () => {
    const stand = await open({
      refuses: (_request, response) => response.writeHead(401).end('wrong key: k1'),
    });

    const answer = await refusal(stand.connect('/v1/realtime?model=m'));

    expect(answer.status).toBe(502);
    expect(answer.text).not.toContain('k1');
  });

  it('and whose caller leaves before the answer is over lets go of everything', async () => {
    const stand = await open({
      refuses: ({ socket }, response) => {
        socket.resume().once('end', () => socket.destroy());
        response.writeHead(403, { 'content-length': 9 }).write('no');
      },
    });
    const caller = stand.connect('/v1/realtime?model=m');
    caller.once('unexpected-response', (_request, answer) => answer.socket.destroy());

    expect(await stand.record).toMatchObject({ status: 403 });
  });
});
