import { once } from 'node:events';
import { GatewayError } from '@app/errors';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { deferred } from '../testing/deferred.js';
import {
  closed,
  opened,
  refusal,
  type SocketStand,
  socketStand,
  type SocketStandOptions,
  textsOf,
} from '../testing/socket-stand.js';

const stands: SocketStand[] = [];
afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

async function open(options: SocketStandOptions = {}): Promise<SocketStand> {
  const stand = await socketStand(options);
  stands.push(stand);
  return stand;
}

const echo = (socket: WebSocket): void => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
};

describe('a handshake', () => {
  it('reaches the upstream with its path, its query and its headers, and with another key', async () => {
    const stand = await open({ key: 'tg-callers-own-key-0001' });
    const target = `/v1/realtime?model=gpt-realtime&a='%20"&key=tg-callers-own-key-0001`;
    const headers = {
      authorization: 'Bearer tg-callers-own-key-0001',
      'OpenAI-Beta': 'realtime=v1',
      'x-forwarded-for': '10.0.0.1',
    };

    stand.connect('/', {
      headers,
      finishRequest: (request) => {
        request.path = target;
        request.end();
      },
    });

    const { url, headers: seen } = await stand.asked;
    expect(url).toBe(`/v1/realtime?model=gpt-realtime&a='%20"`);
    expect(seen).toMatchObject({ authorization: 'Bearer sk-up', 'openai-beta': 'realtime=v1' });
    expect(JSON.stringify(seen)).not.toMatch(/tg-callers|10\.0\.0\.1/);
  });

  it('offers the upstream no sub-protocol that carries a key or names who pays, and returns its choice', async () => {
    const stand = await open({ protocol: 'realtime' });
    const protocols = [
      'realtime',
      'openai-insecure-api-key.tg-secret',
      'openai-organization.org-1',
      'openai-project.proj-1',
      'openai-beta.realtime-v1',
    ];

    const caller = await opened(stand.connect('/v1/realtime?model=m', { protocols }));

    const asked = await stand.asked;
    expect(asked.headers['sec-websocket-protocol']).toBe('realtime, openai-beta.realtime-v1');
    expect(caller.protocol).toBe('realtime');
  });

  it('is compressed on neither side', async () => {
    const stand = await open();

    const caller = await opened(stand.connect('/v1/realtime?model=m', { perMessageDeflate: true }));

    expect((await stand.asked).headers['sec-websocket-extensions']).toBeUndefined();
    expect(caller.extensions).toBe('');
  });

  it('that the upstream refuses is answered as the upstream answers it', async () => {
    const stand = await open({
      refuses: (_request, response) =>
        response
          .writeHead(429, { 'retry-after': '7', 'set-cookie': 'a=b', 'x-request-id': 'up_1' })
          .end('{"error":{"message":"slow down"}}'),
    });

    const answer = await refusal(stand.connect('/v1/realtime?model=m'));

    expect(answer).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7', 'x-request-id': 'up_1', 'x-taskgate-request-id': 'req_1' },
      text: '{"error":{"message":"slow down"}}',
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await stand.record).toMatchObject({ status: 429, errorCode: null, bytesOut: 33 });
  });

  it('that finds no upstream is 502', async () => {
    const stand = await open({ refuses: (_request, response) => response.socket?.destroy() });

    const answer = await refusal(stand.connect('/v1/realtime?model=m'));

    expect(answer.status).toBe(502);
    expect(await stand.record).toMatchObject({ status: 502, errorCode: 'UPSTREAM_ERROR' });
  });

  it('that its caller gives up ends at the upstream too', async () => {
    const left = deferred();
    const stand = await open({
      refuses: ({ socket }) => {
        socket.resume().once('end', () => {
          socket.destroy();
          left.resolve();
        });
      },
    });
    const caller = stand.connect('/v1/realtime?model=m');
    await stand.asked;

    caller.terminate();

    await left.promise;
    expect(await stand.record).toMatchObject({ status: 499, clientGone: true });
  });

  it.each([
    ['another version', { 'sec-websocket-version': '8' }, 426],
    ['no version', { 'sec-websocket-version': undefined }, 426],
    ['a key that is none', { 'sec-websocket-key': 'short' }, 400],
    [
      'two keys',
      { 'sec-websocket-key': ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=='] },
      400,
    ],
    ['a sub-protocol that is no name', { 'sec-websocket-protocol': 'a b' }, 400],
    ['a sub-protocol twice', { 'sec-websocket-protocol': 'a, a' }, 400],
    ['a body', { 'content-length': '2' }, 400],
    ['a path with a dot segment', { path: '/v1/x/%2e%2e/realtime' }, 400],
    ['a model twice', { path: '/v1/realtime?model=a&model=b' }, 400],
    ['another method', { method: 'POST' }, 405],
  ])('with %s is refused, and nothing is sent', async (_what, changes, status) => {
    const stand = await open({ upstream: () => expect.unreachable() });

    const answer = await rawHandshake(stand.url, changes);

    expect(answer.statusCode).toBe(status);
    expect(answer.headers['sec-websocket-version']).toBe(status === 426 ? '13' : undefined);
    answer.resume();
  });
});

describe('an open connection', () => {
  it('passes text and bytes both ways, in their order and unchanged', async () => {
    const stand = await open({ upstream: echo });
    const caller = await opened(stand.connect('/v1/any/thing'));
    const got: unknown[] = [];
    const all = deferred();
    caller.on('message', (data, isBinary) => {
      got.push([(data as Buffer).toString('latin1'), isBinary]);
      if (got.length === 200) all.resolve();
    });

    for (let at = 0; at < 100; at += 1) {
      caller.send(`text ${at} ü`);
      caller.send(Buffer.from([0, 255, at]));
    }
    await all.promise;

    expect(got).toEqual(
      Array.from({ length: 100 }, (_, at) => [
        [Buffer.from(`text ${at} ü`).toString('latin1'), false],
        [Buffer.from([0, 255, at]).toString('latin1'), true],
      ]).flat(),
    );
    caller.close();
    expect(await stand.record).toMatchObject({ status: 101, bytesIn: 1_290, bytesOut: 1_290 });
  });

  it('leaves pings to the other end', async () => {
    const pinged = deferred<string>();
    const stand = await open({
      upstream: (socket) => socket.on('ping', (data: Buffer) => pinged.resolve(data.toString())),
    });
    const caller = await opened(stand.connect('/v1/realtime?model=m'));

    caller.ping('are you there');

    const [pong] = (await once(caller, 'pong')) as [Buffer];
    expect([await pinged.promise, pong.toString()]).toEqual(['are you there', 'are you there']);
  });

  it.each<[string, [code?: number, reason?: string], object]>([
    ['a code and a reason', [4_001, 'enough'], { code: 4_001, reason: 'enough' }],
    ['a plain code', [1_000], { code: 1_000, reason: '' }],
    ['no code', [], { code: 1_005, reason: '' }],
  ])('tells the other side of a close with %s', async (_what, how, expected) => {
    const upstreamEnd = deferred<unknown>();
    const fromUpstream = await open({ upstream: (socket) => socket.close(...how) });
    const toUpstream = await open({
      upstream: (socket) => void closed(socket).then(upstreamEnd.resolve),
    });

    const told = await closed(fromUpstream.connect('/v1/realtime?model=m'));
    (await opened(toUpstream.connect('/v1/realtime?model=m'))).close(...how);

    expect(told).toEqual(expected);
    expect(await upstreamEnd.promise).toEqual(expected);
    expect(await toUpstream.record).toMatchObject({ errorCode: null, clientGone: false });
  });

  it('sends all that was said before a close', async () => {
    const last = 'x'.repeat(50_000);
    const stand = await open({
      upstream: (socket) => {
        for (let at = 0; at < 50; at += 1) socket.send(last);
        socket.close(1000);
      },
    });
    const caller = stand.connect('/v1/realtime?model=m');
    let got = 0;
    caller.on('message', () => (got += 1));

    const end = await closed(caller);

    expect([got, end.code]).toEqual([50, 1000]);
  });

  it('that the upstream breaks off never looks finished', async () => {
    const stand = await open({
      upstream: (socket) => socket.once('message', () => socket.terminate()),
    });
    const caller = await opened(stand.connect('/v1/realtime?model=m'));

    caller.send('{"type":"response.create"}');

    expect(await closed(caller)).toMatchObject({ code: 1011 });
    expect(await stand.record).toMatchObject({ errorCode: 'UPSTREAM_ERROR', upstreamCut: true });
  });

  it('that the caller breaks off ends at the upstream at once', async () => {
    const end = deferred<unknown>();
    const stand = await open({ upstream: (socket) => void closed(socket).then(end.resolve) });
    const caller = await opened(stand.connect('/v1/realtime?model=m'));

    caller.terminate();

    expect(await end.promise).toMatchObject({ code: 1006 });
    expect(await stand.record).toMatchObject({ clientGone: true, upstreamCut: false });
  });

  it('takes no message over the limit', async () => {
    const end = deferred<unknown>();
    const stand = await open({
      maxJsonBytes: 1_000,
      upstream: (socket) => void closed(socket).then(end.resolve),
    });
    const caller = await opened(stand.connect('/v1/any'));

    caller.send('x'.repeat(1_001));

    expect(await closed(caller)).toMatchObject({ code: 1009 });
    expect(await end.promise).toMatchObject({ code: 1006 });
  });

  it('slows the sender down to the pace of the receiver', async () => {
    const sent = { bytes: 0 };
    const stand = await open({
      upstream: (socket) => {
        const piece = Buffer.alloc(64 * 1024);
        const more = (): void => {
          if (socket.readyState !== socket.OPEN) return;
          socket.send(piece, () => {
            sent.bytes += piece.length;
            more();
          });
        };
        more();
      },
    });
    const caller = await opened(stand.connect('/v1/any'));
    caller.pause();

    const high = await steady(() => sent.bytes);

    expect(high).toBeLessThan(32 * 1024 * 1024);
    let got = 0;
    const enough = deferred();
    caller.on('message', (data: Buffer) => {
      got += data.length;
      if (got > high) enough.resolve();
    });
    caller.resume();
    await enough.promise;
  });

  it('ends when the key does, and says so', async () => {
    const end = deferred<unknown>();
    const stand = await open({ upstream: (socket) => void closed(socket).then(end.resolve) });
    const caller = await opened(stand.connect('/v1/realtime?model=m'));

    stand.end.abort(new GatewayError('PERMISSION_DENIED', 'The key of this call was revoked.'));

    expect(await closed(caller)).toEqual({
      code: 1008,
      reason: 'The key of this call was revoked.',
    });
    expect(await end.promise).toMatchObject({ code: 1006 });
    expect(await stand.record).toMatchObject({ errorCode: 'PERMISSION_DENIED', clientGone: false });
  });

  it('is told to go elsewhere when the process stops', async () => {
    const stand = await open();
    const caller = await opened(stand.connect('/v1/realtime?model=m'));

    stand.end.abort(new Error('The process stops'));

    expect(await closed(caller)).toMatchObject({ code: 1001 });
    expect(await stand.record).toMatchObject({ status: 101, errorCode: null });
  });

  it('has what the upstream said with its first breath', async () => {
    const stand = await open({ upstream: (socket) => socket.send('{"type":"session.created"}') });
    const caller = stand.connect('/v1/realtime?model=m');

    const first = await textsOf(caller)();

    expect(first).toBe('{"type":"session.created"}');
  });
});

/** A value that no more changes: the same over many turns of the loop. */
async function steady(read: () => number): Promise<number> {
  let last = -1;
  for (let same = 0; same < 200;) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = read();
    same = now === last && now > 0 ? same + 1 : 0;
    last = now;
  }
  return last;
}

interface Changes extends Record<string, string | string[] | undefined> {
  readonly path?: string;
  readonly method?: string;
}

/** One that no WebSocket client would send. */
async function rawHandshake(url: string, changes: Changes) {
  const { path = '/v1/realtime?model=m', method = 'GET', ...headers } = changes;
  const table = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const request = httpRequest(url, { path, method, agent: false });
  for (const [name, value] of Object.entries(table))
    if (value !== undefined) request.setHeader(name, value);
  request.end(headers['content-length'] === undefined ? undefined : '{}');
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}
