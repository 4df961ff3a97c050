import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTask } from '../testing/open-api.js';
import { openPassThrough } from '../testing/open-pass-through.js';
import { rawConnection } from '../testing/raw-connection.js';
import { recordingUpstream } from '../testing/recording-upstream.js';

let upstream: Awaited<ReturnType<typeof recordingUpstream>>;
let api: Awaited<ReturnType<typeof openPassThrough>>;
/** What the upstream waits for before it answers a path with `slow` in it. */
let goOn = (): void => undefined;
/** Resolves when the upstream has lost the connection on which it was to answer. */
let lost = Promise.resolve();

beforeAll(async () => {
  upstream = await recordingUpstream((request, response) => {
    if (!request.url?.includes('slow')) return void response.end('ok');
    goOn = () => void response.end('ok');
    lost = new Promise((resolve) => response.once('close', resolve));
  });
  api = await openPassThrough(upstream.url);
});
afterEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await api?.close();
  await upstream?.close();
});

const open = async () => await rawConnection(api.url);
const HOST = 'host: gateway\r\n';
const KEY = 'authorization: Bearer a\r\n';
const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}${KEY}\r\n`;
const post = (headers: string, body: string): string =>
  `POST /v1/files HTTP/1.1\r\n${HOST}${KEY}${headers}\r\n${body}`;
const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

describe('one connection', () => {
  it('takes one request after the other', async () => {
    const connection = await open();

    connection.write(get('/v1/one'));
    await connection.until(/ok/);
    connection.write(get('/v1/tasks/models'));
    await connection.until(/"code":0/);
    connection.write(get('/v1/two'));
    const all = await connection.until(/"code":0.*\r\n\r\nok/s);
    connection.socket.destroy();

    expect(statuses(all)).toEqual([200, 200, 200]);
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/v1/one', '/v1/two']);
  });

  it('lets the upstream go when its caller leaves, also where it had been used before', async () => {
    const connection = await open();
    connection.write(get('/v1/one'));
    await connection.until(/ok/);
    connection.write(get('/v1/slow'));
    await vi.waitUntil(() => upstream.seen.some(({ url }) => url === '/v1/slow'));

    connection.socket.destroy();

    await expect(lost).resolves.toBeUndefined();
  });

  it('refuses a request that does not wait for the answer to the one before, and closes', async () => {
    const connection = await open();
    connection.write(get('/v1/slow') + get('/v1/smuggled') + get('/v1/smuggled'));
    await vi.waitUntil(() => upstream.seen.some(({ url }) => url === '/v1/slow'));

    goOn();
    const all = await connection.all();

    expect(statuses(all)).toEqual([200, 400]);
    expect(all).toMatch(/ok.*pipelining is not taken/s);
    expect(all).toMatch(/connection: close/i);
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/v1/slow']);
  });

  it('nor does it carry out a task that was pipelined', async () => {
    const id = await createTask(api);
    const connection = await open();
    const cancel = `POST /v1/tasks/${id}/cancel HTTP/1.1\r\n${HOST}${KEY}content-length: 0\r\n\r\n`;
    connection.write(get('/v1/slow') + cancel);
    await vi.waitUntil(() => upstream.seen.some(({ url }) => url === '/v1/slow'));

    goOn();

    expect(statuses(await connection.all())).toEqual([200, 400]);
    expect(await api.tasks.find(id)).toMatchObject({ status: 'queued' });
  });

  it('ends the exchange whose connection goes on with nonsense', async () => {
    const connection = await open();
    connection.write(get('/v1/slow') + 'nonsense\r\n\r\n');

    expect(statuses(await connection.all())).toEqual([400]);
  });
});

const CHUNKED = 'transfer-encoding: chunked\r\n';
const NEXT = get('/v1/smuggled');

describe('what two readers could read in two ways is refused, and is the last on its connection:', () => {
  it.each([
    ['a length and chunks', post(`content-length: 4\r\n${CHUNKED}`, `0\r\n\r\n${NEXT}`)],
    ['chunks and a length', post(`${CHUNKED}content-length: 4\r\n`, `0\r\n\r\n${NEXT}`)],
    ['two lengths', post('content-length: 0\r\ncontent-length: 5\r\n', `hello${NEXT}`)],
    ['two equal lengths', post('content-length: 5\r\ncontent-length: 5\r\n', `hello${NEXT}`)],
    ['a list of lengths', post('content-length: 5, 5\r\n', `hello${NEXT}`)],
    ['a length with a sign', post('content-length: +5\r\n', `hello${NEXT}`)],
    ['a negative length', post('content-length: -5\r\n', `hello${NEXT}`)],
    ['a hexadecimal length', post('content-length: 0x5\r\n', `hello${NEXT}`)],
    ['a length with spaces in it', post('content-length: 1 0\r\n', `hello${NEXT}`)],
    ['an empty length', post('content-length:\r\n', NEXT)],
    ['a length beyond all numbers', post(`content-length: 1${'0'.repeat(30)}\r\n`, NEXT)],
    ['an unknown encoding', post('transfer-encoding: xchunked\r\n', `0\r\n\r\n${NEXT}`)],
    ['chunks that are not last', post('transfer-encoding: chunked, identity\r\n', NEXT)],
    [
      'an encoding over two lines',
      post('transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n', NEXT),
    ],
    ['a folded header', post('x-a: 1\r\n content-length: 5\r\n', NEXT)],
    ['a folded encoding', post('transfer-encoding:\r\n chunked\r\n', `0\r\n\r\n${NEXT}`)],
    ['a space before the colon', post('content-length : 5\r\n', `hello${NEXT}`)],
    ['a space before a header', post(' content-length: 5\r\n', `hello${NEXT}`)],
    ['a header without a colon', post('content-length\r\n', NEXT)],
    ['lines that end without CR', `GET /v1/x HTTP/1.1\n${HOST.trim()}\n${KEY.trim()}\n\n${NEXT}`],
    ['one header that ends without CR', post('x-a: 1\ncontent-length: 5\r\n', `hello${NEXT}`)],
    ['a lone CR in a header', post('x-a: 1\rcontent-length: 5\r\n', NEXT)],
    ['a NUL in a header', post('x-a: 1\0\r\n', NEXT)],
    ['a NUL in a name', post('x-\0a: 1\r\n', NEXT)],
    ['a NUL in the target', get('/v1/x\0y') + NEXT],
    ['a space in the target', get('/v1/x HTTP/1.1 y') + NEXT],
    ['another version', `GET /v1/x HTTP/3.7\r\n${HOST}${KEY}\r\n${NEXT}`],
    ['HTTP/0.9', `GET /v1/x\r\n${NEXT}`],
    ['HTTP/2 out of the blue', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${NEXT}`],
    ['no Host', `GET /v1/x HTTP/1.1\r\n${KEY}\r\n${NEXT}`],
    ['two Hosts', `GET /v1/x HTTP/1.1\r\n${HOST}${KEY}host: other\r\n\r\n${NEXT}`],
    ['another host’s URL', get('http://other/v1/x') + NEXT],
    ['a URL with a user', get('http://user@gateway/v1/x') + NEXT],
    ['a target that is no path', get('v1/x') + NEXT],
    ['a chunk size with a sign', post(CHUNKED, `-1\r\n${NEXT}`)],
    ['a chunk size in 0x', post(CHUNKED, `0x5\r\nhello\r\n0\r\n\r\n${NEXT}`)],
    ['a chunk size with spaces', post(CHUNKED, `5 5\r\nhello\r\n0\r\n\r\n${NEXT}`)],
    ['a chunk size beyond all numbers', post(CHUNKED, `ffffffffffffffffff\r\n${NEXT}`)],
    ['an empty chunk size', post(CHUNKED, `\r\nhello\r\n0\r\n\r\n${NEXT}`)],
    ['a chunk longer than its size', post(CHUNKED, `2\r\nhello\r\n0\r\n\r\n${NEXT}`)],
    ['a chunk size that ends without CR', post(CHUNKED, `5\nhello\r\n0\r\n\r\n${NEXT}`)],
    ['a chunk that ends without CR', post(CHUNKED, `5\r\nhello\n0\r\n\r\n${NEXT}`)],
  ])('%s', async (_, bytes) => {
    const connection = await open();

    connection.write(bytes);

    expect(statuses(await connection.all())).toEqual([400]);
    expect(upstream.seen).toEqual([]);
  });

  it('in the one shape that all errors have', async () => {
    const connection = await open();
    connection.write(post('content-length: +5\r\n', 'hello'));

    const [head = '', body = ''] = (await connection.all()).split('\r\n\r\n');

    expect(head).toMatch(/x-taskgate-request-id: req_[0-9A-Z]{26}/);
    expect(JSON.parse(body)).toMatchObject({
      code: 400,
      error_code: 'INVALID_REQUEST',
      error: { type: 'invalid_request_error', request_id: expect.stringMatching(/^req_/) },
    });
  });

  it.each([
    ['a head', get(`/v1/x?${'a'.repeat(20_000)}`)],
    ['a header', get('/v1/x').replace('\r\n\r\n', `\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`)],
    ['a list of headers', get('/v1/x').replace('\r\n\r\n', `\r\n${'a:\r\n'.repeat(1_500)}\r\n`)],
  ])('%s that is too large is a 431', async (_, bytes) => {
    const connection = await open();

    connection.write(bytes);

    expect(statuses(await connection.all())).toEqual([431]);
    expect(upstream.seen).toEqual([]);
  });

  it.each([
    ['CONNECT', 'gateway:80'],
    ['TRACE', '/v1/x'],
  ])('%s', async (method, target) => {
    const connection = await open();

    connection.write(`${method} ${target} HTTP/1.1\r\n${HOST}${KEY}connection: close\r\n\r\n`);

    expect(['404', '405']).toContain(String(statuses(await connection.all())));
    expect(upstream.seen).toEqual([]);
  });
});

describe('what is said in another way is understood all the same:', () => {
  it.each([
    ['/v1/files?a=%2F', 'http://gateway/v1/files?a=%2F'],
    ['/v1/files', 'HTTP://GATEWAY/v1/files'],
  ])('a URL of this host: %s', async (url, target) => {
    expect((await seenAs(get(target))).seen).toMatchObject([{ url, method: 'GET' }]);
  });

  it('chunks with an extension and a trailer, which go no further', async () => {
    const body = '2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n';

    const { seen } = await seenAs(post(`${CHUNKED}trailer: x-trailer\r\n`, body));

    expect(seen).toMatchObject([{ body: 'hello' }]);
    expect(seen[0]?.rawHeaders.join().toLowerCase()).not.toContain('trailer');
  });

  it.each(['content-length', 'transfer-encoding, content-length', 'host', 'authorization'])(
    'connection: %s cannot take away what the upstream needs',
    async (named) => {
      const body = 'hello';
      const { seen } = await seenAs(post(`connection: ${named}\r\ncontent-length: 5\r\n`, body));

      expect(seen).toMatchObject([{ method: 'POST', body }]);
      expect(seen[0]?.rawHeaders.join()).toContain('Bearer sk-openai');
    },
  );

  it('an upgrade to HTTP/2, which is not taken up', async () => {
    const upgrade = 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n';

    const { all, seen } = await seenAs(get('/v1/x').replace(/\r\n$/, `${upgrade}\r\n`));

    expect(statuses(all)).toEqual([200]);
    expect(seen[0]?.rawHeaders.join().toLowerCase()).not.toMatch(/h2c|http2-settings/);
  });

  it('a request in HTTP/1.0, whose connection then closes', async () => {
    const connection = await open();
    connection.write(`GET /v1/x HTTP/1.0\r\n${KEY}\r\n`);

    const all = await connection.all();

    expect(statuses(all)).toEqual([200]);
    expect(all).toMatch(/\r\n\r\nok$/);
    expect(all).not.toMatch(/transfer-encoding/i);
  });

  it('a body that waits to be asked for', async () => {
    const body = 'x'.repeat(1_000_000);
    const connection = await open();
    connection.write(post(`expect: 100-continue\r\ncontent-length: ${body.length}\r\n`, ''));

    await connection.until(/HTTP\/1\.1 100 Continue\r\n\r\n/);
    connection.write(body);
    const all = await connection.until(/\r\n\r\nok$/);
    connection.socket.destroy();

    expect(statuses(all)).toEqual([100, 200]);
    expect(upstream.seen).toMatchObject([{ body }]);
    expect(upstream.seen[0]?.rawHeaders.join().toLowerCase()).not.toContain('expect');
  });

  it('an expectation that nobody meets is refused', async () => {
    const connection = await open();
    connection.write(post('expect: miracles\r\nconnection: close\r\ncontent-length: 0\r\n', ''));

    expect(statuses(await connection.all())).toEqual([417]);
  });
});

const seenAs = async (bytes: string) => {
  const connection = await open();
  connection.write(bytes);
  const all = await connection.until(/\r\n\r\n.*ok/s);
  connection.socket.destroy();
  return { all, seen: upstream.seen };
};
