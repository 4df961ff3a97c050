import { GatewayError } from '@app/errors';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_CLOCKS } from './routing/route.js';
import { deferred } from './testing/deferred.js';
import { listen } from './testing/loopback.js';
import { UpstreamClient, type UpstreamOptions, type UpstreamRequest } from './upstream-client.js';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
});

describe('UpstreamClient', () => {
  it.each([
    ['/v1', '/v1/files/a%20b', '?x=%2F', '/v1/files/a%20b?x=%2F'],
    ['/v1/', '/v1/files', '', '/v1/files'],
    ['/openai/v9', '/v1/files', '', '/openai/v9/files'],
    ['', '/v1/files', '?a', '/files?a'],
    ['', '/v1', '', '/'],
  ])('puts base %j before %s%s', async (base, path, query, expected) => {
    const upstream = await listen((incoming, response) => response.end(incoming.url));
    cleanUps.push(() => upstream.close());
    const client = clientOf({ baseUrl: `${upstream.url}${base}` });

    const answer = await client.forward(request({ path, query }));

    expect(await text(answer.body)).toBe(expected);
  });

  it('follows no redirect, and any status is an answer', async () => {
    const upstream = await listen((_, response) =>
      response.writeHead(302, { location: '/x' }).end(),
    );
    cleanUps.push(() => upstream.close());

    const answer = await clientOf({ baseUrl: upstream.url }).forward(request());
    answer.body.resume();

    expect(answer.status).toBe(302);
    expect(answer.headers).toEqual(expect.arrayContaining(['location', '/x']));
  });

  it('says of a refused connection that nothing was sent', async () => {
    const closed = await listen(() => undefined);
    await closed.close();

    await expect(clientOf({ baseUrl: closed.url }).forward(request())).rejects.toMatchObject({
      code: 'UPSTREAM_ERROR',
      mayHaveRun: false,
      message: expect.stringContaining('nothing was sent (ECONNREFUSED)'),
    });
  });

  it('names no address in what a caller sees', async () => {
    const closed = await listen(() => undefined);
    await closed.close();

    const error: unknown = await clientOf({ baseUrl: closed.url })
      .forward(request())
      .catch((thrown: unknown) => thrown);

    expect(String(error)).not.toContain('127.0.0.1');
    expect(String(error)).not.toContain(String(closed.port));
  });

  it.each<[string, (socket: Socket) => void, Record<string, unknown>]>([
    ['a reset', (socket) => socket.resetAndDestroy(), { code: 'UPSTREAM_ERROR' }],
    ['a close', (socket) => socket.end(), { code: 'UPSTREAM_ERROR' }],
    ['nonsense', (socket) => socket.end('SSH-2.0\r\n'), { code: 'UPSTREAM_ERROR' }],
    ['silence', () => undefined, { code: 'UPSTREAM_TIMEOUT' }],
  ])('says of %s after the request that it may have run', async (_, behave, expected) => {
    const baseUrl = await rawUpstream((socket) => socket.once('data', () => behave(socket)));
    const clocks = { ...DEFAULT_CLOCKS, headersMs: 100 };

    await expect(
      clientOf({ baseUrl }).forward(request({ method: 'POST', clocks })),
    ).rejects.toMatchObject({
      ...expected,
      mayHaveRun: true,
    });
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['breaks off', (socket) => socket.resetAndDestroy(), 'UPSTREAM_ERROR'],
    ['closes early', (socket) => socket.end(), 'UPSTREAM_ERROR'],
    ['falls silent', () => undefined, 'UPSTREAM_TIMEOUT'],
  ])('fails the body of an upstream that %s', async (_, behave, code) => {
    const begun = deferred<Socket>();
    const baseUrl = await rawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
      begun.resolve(socket);
    });
    const clocks = { ...DEFAULT_CLOCKS, idleMs: 100 };
    const answer = await clientOf({ baseUrl }).forward(request({ clocks }));

    behave(await begun.promise);

    await expect(text(answer.body)).rejects.toMatchObject({ code });
  });

  it('ends a request at once when it is called off before the head', async () => {
    const arrived = deferred<Socket>();
    const baseUrl = await rawUpstream((socket) => arrived.resolve(socket));
    const hangUp = new AbortController();
    const answer = clientOf({ baseUrl }).forward(request({ signal: hangUp.signal }));
    const socket = await arrived.promise;
    const closed = new Promise((resolve) => socket.once('close', resolve));

    hangUp.abort(new Error('enough'));

    await expect(answer).rejects.toThrow('enough');
    await closed;
  });

  it('sends nothing for a request that was called off before', async () => {
    const upstream = await listen(() => expect.unreachable());
    cleanUps.push(() => upstream.close());
    const signal = AbortSignal.abort(new Error('enough'));

    const answer = clientOf({ baseUrl: upstream.url }).forward(request({ signal }));

    await expect(answer).rejects.toThrow('enough');
  });

  it('holds more streams open at once than any pool would', async () => {
    const open = 200;
    const all = deferred();
    let arrived = 0;
    const upstream = await listen((_, response) => {
      arrived += 1;
      if (arrived === open) all.resolve();
      void all.promise.then(() => response.end());
    });
    cleanUps.push(() => upstream.close());
    const client = clientOf({ baseUrl: upstream.url });

    const answers = await Promise.all(
      Array.from({ length: open }, () => client.forward(request())),
    );

    expect(await Promise.all(answers.map((answer) => text(answer.body)))).toHaveLength(open);
  });

  it('passes on the error of the request body itself', async () => {
    const upstream = await listen((incoming) => incoming.resume());
    cleanUps.push(() => upstream.close());
    const body = new PassThrough();
    const answer = clientOf({ baseUrl: upstream.url }).forward(request({ method: 'POST', body }));
    body.write('x');

    body.destroy(new GatewayError('PAYLOAD_TOO_LARGE', 'too large'));

    await expect(answer).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('sends a body of unknown length in chunks, byte for byte', async () => {
    const upstream = await listen((incoming, response) => incoming.pipe(response));
    cleanUps.push(() => upstream.close());
    const body = Readable.from([Buffer.from('one '), Buffer.from('two')]);

    const answer = await clientOf({ baseUrl: upstream.url }).forward(
      request({ method: 'POST', body }),
    );

    expect(await text(answer.body)).toBe('one two');
  });
});

function clientOf(options: UpstreamOptions): UpstreamClient {
  const client = new UpstreamClient(options);
  cleanUps.push(() => client.close());
  return client;
}

function request(change: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const signal = new AbortController().signal;
  return { method: 'GET', path: '/v1/x', query: '', headers: [], body: null, signal, ...change };
}

/** A server below HTTP: it gets each socket and does with it what it wants. */
async function rawUpstream(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
