import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { call, nextPiece, open } from './testing/call.js';
import { deferred } from './testing/deferred.js';
import { headerLines } from './testing/header-lines.js';
import { aRoute } from './testing/a-route.js';
import { DEFAULT_CLOCKS } from './routing/route.js';
import { stand, type Stand, type StandOptions } from './testing/stand.js';

const stands: Stand[] = [];

afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

const JSON_TYPE = { 'content-type': 'application/json' };
const SSE_TYPE = { 'content-type': 'text/event-stream' };

describe('what goes through', () => {
  it("swaps the caller's key for the upstream's and keeps the rest of the request", async () => {
    const seen = deferred<IncomingMessage & { body: string }>();
    const { front } = await standing(async (request, response) => {
      seen.resolve(Object.assign(request, { body: await text(request) }));
      response.end();
    });

    await call(`${front.url}/v1/chat/completions?a=%2F`, {
      method: 'POST',
      headers: {
        ...JSON_TYPE,
        authorization: 'Bearer tenant-a',
        'x-api-key': 'tenant-a',
        'x-a': '1',
      },
      body: '{"a": 1}',
    });

    const request = await seen.promise;
    expect(request.url).toBe('/v1/chat/completions?a=%2F');
    expect(request.body).toBe('{"a": 1}');
    expect(request.headers).toMatchObject({
      authorization: 'Bearer sk-up',
      'accept-encoding': 'identity',
      'x-a': '1',
      'content-length': '8',
      'content-type': 'application/json',
    });
    expect(request.rawHeaders.join(' ')).not.toContain('tenant-a');
  });

  it.each(['GET', 'DELETE', 'POST', 'PUT', 'PATCH', 'OPTIONS'])(
    'forwards %s without a body as one without a body',
    async (method) => {
      const seen = deferred<IncomingMessage>();
      const { front } = await standing((request, response) => {
        seen.resolve(request);
        response.end('ok');
      });

      const answer = await call(`${front.url}/v1/any/thing`, { method });

      const { headers, method: forwarded } = await seen.promise;
      expect(forwarded).toBe(method);
      expect(headers['transfer-encoding']).toBeUndefined();
      expect(headers['content-length'] ?? '0').toBe('0');
      expect(answer.bytes.toString()).toBe('ok');
    },
  );

  it('gives the answer with its status, headers and repetitions, and our request id', async () => {
    const { front } = await standing((_, response) => {
      response.writeHead(
        429,
        headerLines(
          'Content-Length: 4',
          'X-Request-Id: up-1',
          'X-Two: 1',
          'X-Two: 2',
          'Set-Cookie: __cf_bm=1',
          'Retry-After: 1',
        ),
      );
      response.end('slow');
    });

    const answer = await call(`${front.url}/v1/models`);

    expect([answer.status, answer.bytes.toString()]).toEqual([429, 'slow']);
    expect(answer.headers).toMatchObject({
      'content-length': '4',
      'x-request-id': 'up-1',
      'x-two': '1, 2',
      'retry-after': '1',
      'x-taskgate-request-id': 'req_1',
    });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.rawHeaders.filter((name) => name.toLowerCase() === 'date')).toHaveLength(1);
  });

  it('keeps multipart bytes and their length', async () => {
    const bytes = Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="file"\r\n\r\n'),
      Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 256)),
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const { front, record } = await standing((request, response) => {
      response.writeHead(200, {
        'x-type': request.headers['content-type'],
        'x-length': request.headers['content-length'],
      });
      request.pipe(response);
    });

    const headers = {
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': bytes.length,
    };
    const answer = await call(`${front.url}/v1/files`, { method: 'POST', headers, body: bytes });

    expect(answer.bytes.equals(bytes)).toBe(true);
    expect(answer.headers).toMatchObject({
      'x-type': 'multipart/form-data; boundary=b',
      'x-length': String(bytes.length),
    });
    expect(await record).toMatchObject({ bytesIn: bytes.length, bytesOut: bytes.length });
  });

  it('gives a compressed answer as it is, where the upstream insists', async () => {
    const zipped = gzipSync('{"usage":{"prompt_tokens":1}}');
    const { front, record } = await standing((_, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(zipped);
    });

    const answer = await call(`${front.url}/v1/embeddings`, { method: 'POST' });

    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.bytes.equals(zipped)).toBe(true);
    expect(await record).toMatchObject({ tokensIn: null, bytesOut: zipped.length });
  });

  it.each<[string, number, Record<string, string>]>([
    ['HEAD', 200, { 'content-length': '7' }],
    ['GET', 204, {}],
    ['GET', 304, { etag: '"x"' }],
  ])('gives the answer to %s with %i no body', async (method, status, headers) => {
    const { front, record } = await standing((_, response) =>
      response.writeHead(status, headers).end(),
    );

    const answer = await call(`${front.url}/v1/files/f/content`, { method });

    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(headers);
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
    expect(answer.bytes).toHaveLength(0);
    expect(await record).toMatchObject({
      status,
      bytesOut: 0,
      clientGone: false,
      upstreamCut: false,
    });
  });
});

describe('streaming', () => {
  it('gives each piece of an answer before the next one exists', async () => {
    const confirmed = [deferred(), deferred()] as const;
    const { front, record } = await standing(async (_, response) => {
      response.writeHead(200, SSE_TYPE).flushHeaders();
      await confirmed[0].promise;
      response.write('data: {"n":1}\n\n');
      await confirmed[1].promise;
      response.end('data: [DONE]\n\n');
    });

    const { request, answer } = open(`${front.url}/v1/chat/completions`, { method: 'POST' });
    request.end();
    const head = await answer;
    confirmed[0].resolve();
    const first = await nextPiece(head);
    confirmed[1].resolve();

    expect(head.headers['x-accel-buffering']).toBe('no');
    expect(first).toBe('data: {"n":1}\n\n');
    expect(await text(head)).toBe('data: [DONE]\n\n');
    expect(await record).toMatchObject({ stream: true, status: 200, clientGone: false });
  });

  it('gives the upstream each piece of an upload before the next one exists', async () => {
    const { front } = await standing((request, response) => {
      response.writeHead(200).flushHeaders();
      request.pipe(response);
    });
    const { request, answer } = open(`${front.url}/v1/files`, { method: 'POST' });

    request.write('one');
    const head = await answer;
    const first = await nextPiece(head);
    request.end('two');

    expect(first).toBe('one');
    expect(await text(head)).toBe('two');
  });

  it('slows the upstream to the pace of the caller', async () => {
    const stalled = deferred();
    const size = 64 * 1024 * 1024;
    const { front } = await standing((_, response) => {
      response.writeHead(200, { 'content-length': size });
      const piece = Buffer.alloc(1024 * 1024);
      let left = size / piece.length;
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(piece)) {
            stalled.resolve();
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const { request, answer } = open(`${front.url}/v1/files/f/content`);
    request.end();

    const head = await answer;
    await stalled.promise;
    let received = 0;
    for await (const piece of head) received += (piece as Buffer).length;

    expect(received).toBe(size);
  });

  it('records what a streamed chat used, and the model that was asked for', async () => {
    const frame =
      'data: {"model":"m-2026","usage":{"prompt_tokens":3,"completion_tokens":4}}\n\ndata: [DONE]\n\n';
    const { front, record } = await standing((_, response) => {
      response.writeHead(200, SSE_TYPE).end(frame);
    });

    const body = '{"stream":true,"model":"m"}';
    await call(`${front.url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body });

    expect(await record).toMatchObject({
      status: 200,
      errorCode: null,
      model: 'm',
      upstream: 'openai',
      tokensIn: 3,
      tokensOut: 4,
      tokensCached: null,
      costUsd: null,
      bytesIn: body.length,
      bytesOut: frame.length,
      ttfbMs: expect.any(Number),
      stream: true,
      clientGone: false,
      upstreamCut: false,
    });
  });

  it('counts nothing where a GET shows an earlier answer again', async () => {
    const { front, record } = await standing((_, response) => {
      response.writeHead(200, JSON_TYPE).end('{"model":"m","usage":{"input_tokens":3}}');
    });

    await call(`${front.url}/v1/responses/resp_1`);

    expect(await record).toMatchObject({ model: null, tokensIn: null });
  });
});

describe('a caller who hangs up', () => {
  it('before the answer: the upstream is hung up on', async () => {
    const arrived = deferred<ServerResponse>();
    const { front, record } = await standing((_, response) => arrived.resolve(response));
    const { request } = open(`${front.url}/v1/chat/completions`, { method: 'POST' });
    request.end('{}');
    const upstream = await arrived.promise;

    request.destroy();
    await closed(upstream);

    expect(upstream.writableFinished).toBe(false);
    expect(await record).toMatchObject({
      status: 499,
      clientGone: true,
      errorCode: null,
      ttfbMs: null,
    });
  });

  it('in the middle of a stream: the upstream is hung up on, and what was seen counts', async () => {
    const arrived = deferred<ServerResponse>();
    const { front, record } = await standing((_, response) => {
      response.writeHead(200, SSE_TYPE).write('data: {"usage":{"prompt_tokens":5}}\n\n');
      arrived.resolve(response);
    });
    const { request, answer } = open(`${front.url}/v1/chat/completions`, { method: 'POST' });
    request.end('{}');
    await nextPiece(await answer);

    request.destroy();
    await closed(await arrived.promise);

    expect(await record).toMatchObject({
      status: 200,
      clientGone: true,
      upstreamCut: false,
      tokensIn: 5,
    });
  });

  it('in the middle of an upload: the upstream is hung up on', async () => {
    const arrived = deferred<IncomingMessage>();
    const { front, record } = await standing((request) => {
      request.on('error', () => undefined);
      request.once('data', () => arrived.resolve(request));
    });
    const headers = { 'content-length': 1000 };
    const { request } = open(`${front.url}/v1/files`, { method: 'POST', headers });
    request.write('half');
    const upstream = await arrived.promise;

    request.destroy();
    await closed(upstream);

    expect(upstream.complete).toBe(false);
    expect(await record).toMatchObject({ status: 499, clientGone: true, bytesIn: 4 });
  });

  it('or is hung up on by our signal: both ends are closed', async () => {
    const revoked = new AbortController();
    const arrived = deferred<ServerResponse>();
    const { front, record } = await standing(
      (_, response) => {
        response.writeHead(200, SSE_TYPE).write('data: 1\n\n');
        arrived.resolve(response);
      },
      { signal: revoked.signal },
    );
    const { request, answer } = open(`${front.url}/v1/chat/completions`, { method: 'POST' });
    request.end('{}');
    const head = await answer;
    await nextPiece(head);

    revoked.abort();

    await expect(text(head)).rejects.toThrow('aborted');
    await closed(await arrived.promise);
    expect(await record).toMatchObject({ clientGone: true, upstreamCut: false });
  });
});

describe('an upstream that fails', () => {
  it('that cannot be reached: 502, and a retry costs nothing', async () => {
    const { front, upstream, record } = await standing(() => undefined);
    await upstream.close();

    const answer = await call(`${front.url}/v1/models`);

    expect(answer.status).toBe(502);
    expect(answer.headers).not.toHaveProperty('x-should-retry');
    expect(JSON.parse(answer.bytes.toString())).toMatchObject({ error_code: 'UPSTREAM_ERROR' });
    expect(await record).toMatchObject({
      status: 502,
      errorCode: 'UPSTREAM_ERROR',
      clientGone: false,
    });
  });

  it('that breaks off before its answer: 502, and a retry may cost', async () => {
    const { front } = await standing((request) => request.socket.destroy());

    const answer = await call(`${front.url}/v1/chat/completions`, { method: 'POST', body: '{}' });

    expect(answer.status).toBe(502);
    expect(answer.headers['x-should-retry']).toBe('false');
  });

  it('that does not answer in time: 504, and a retry may cost', async () => {
    const routes = [aRoute('*', { timeouts: { ...DEFAULT_CLOCKS, headersMs: 50 } })];
    const { front } = await standing(() => undefined, { routes });

    const answer = await call(`${front.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model":"m"}',
    });

    expect(answer.status).toBe(504);
    expect(answer.headers['x-should-retry']).toBe('false');
  });

  it('that breaks off in the middle of an upload: the caller still reads the 502', async () => {
    const { front } = await standing((request) => {
      request.once('data', () => request.socket.resetAndDestroy());
    });
    const headers = { 'content-length': 6 };
    const { request, answer } = open(`${front.url}/v1/files`, { method: 'POST', headers });

    request.write('one');
    const head = await answer;
    request.end('two');

    expect(head.statusCode).toBe(502);
    expect(await text(head)).toContain('UPSTREAM_ERROR');
  });

  it.each<[string, Record<string, string>]>([
    ['chunks', {}],
    ['a known length', { 'content-length': '100' }],
  ])(
    'that breaks off in the middle of a body in %s: the caller is cut off too',
    async (_, headers) => {
      const goOn = deferred();
      const { front, record } = await standing(async (request, response) => {
        response.writeHead(200, headers).write('half');
        await goOn.promise;
        request.socket.resetAndDestroy();
      });
      const { request, answer } = open(`${front.url}/v1/files/f/content`);
      request.end();
      const head = await answer;
      const half = await nextPiece(head);

      goOn.resolve();

      expect(half).toBe('half');
      await expect(text(head)).rejects.toThrow('aborted');
      expect(await record).toMatchObject({
        status: 200,
        errorCode: 'UPSTREAM_ERROR',
        upstreamCut: true,
        clientGone: false,
      });
    },
  );

  it('that breaks off in the middle of an event stream: an error frame, then the cut', async () => {
    const goOn = deferred();
    const { front, record } = await standing(async (request, response) => {
      response.writeHead(200, SSE_TYPE).write('data: {"choices":[{"del');
      await goOn.promise;
      request.socket.resetAndDestroy();
    });
    const { request, answer } = open(`${front.url}/v1/chat/completions`, { method: 'POST' });
    request.end('{}');
    const head = await answer;
    await nextPiece(head);

    goOn.resolve();
    let received = '';
    head.on('data', (piece: Buffer) => (received += piece.toString()));
    head.resume();
    await closed(head);

    expect(head.complete).toBe(false);
    const frame = /^\n\ndata: (.*)\n\n$/.exec(received)?.[1] ?? '';
    expect(JSON.parse(frame)).toMatchObject({
      error: { type: 'upstream_error', code: 'upstream_error', request_id: 'req_1' },
    });
    expect(await record).toMatchObject({ upstreamCut: true, stream: true });
  });

  it('that breaks off shows even to an HTTP/1.0 caller, who takes a close for the end', async () => {
    const goOn = deferred();
    const { front } = await standing(async (request, response) => {
      response.writeHead(200).write('half');
      await goOn.promise;
      request.socket.resetAndDestroy();
    });
    const socket = connect(front.port, '127.0.0.1');
    socket.write('GET /v1/files/f/content HTTP/1.0\r\n\r\n');
    socket.on('data', (piece) => {
      if (piece.toString().endsWith('half')) goOn.resolve();
    });

    const [error] = await once(socket, 'error');

    expect(error).toHaveProperty('code', 'ECONNRESET');
  });

  it('that answers before it has the whole body: the answer counts', async () => {
    const { front, record } = await standing((request, response) => {
      request.on('error', () => undefined);
      response.writeHead(400, { connection: 'close' }).end('no');
    });
    const headers = { 'content-length': 6 };
    const { request, answer } = open(`${front.url}/v1/files`, { method: 'POST', headers });

    request.write('one');
    const head = await answer;
    request.end('two');

    expect([head.statusCode, await text(head)]).toEqual([400, 'no']);
    expect(await record).toMatchObject({ status: 400, clientGone: false });
  });
});

describe('limits and refusals', () => {
  it('refuses a body whose length is over the limit before the upstream hears of it', async () => {
    const { front, record } = await standing(() => expect.unreachable(), { maxBodyBytes: 3 });

    const answer = await call(`${front.url}/v1/files`, {
      method: 'POST',
      headers: { 'content-length': 4 },
      body: 'four',
    });

    expect(answer.status).toBe(413);
    expect(answer.bytes.toString()).toContain('larger than the 3 bytes');
    expect(await record).toMatchObject({ status: 413, errorCode: 'PAYLOAD_TOO_LARGE' });
  });

  it('cuts off a body of untold length at the limit', async () => {
    const arrived = deferred<IncomingMessage>();
    const { front } = await standing(
      (request) => {
        request.once('data', () => arrived.resolve(request));
      },
      { maxBodyBytes: 3 },
    );
    const { request, answer } = open(`${front.url}/v1/files`, { method: 'POST' });

    request.write('two');
    const upstream = await arrived.promise;
    request.end('four');

    expect((await answer).statusCode).toBe(413);
    await closed(upstream);
    expect(upstream.complete).toBe(false);
  });

  it.each([
    ['/v1/../x', 400],
    ['/v1/a%2fb', 400],
  ])('refuses %s with %i', async (path, status) => {
    const { front } = await standing(() => expect.unreachable());

    const answer = await call(front.url, { path });

    expect(answer.status).toBe(status);
  });

  it('answers 503 where no upstream key is configured', async () => {
    const { front } = await standing(() => expect.unreachable(), { keys: '' });

    expect((await call(`${front.url}/v1/models`)).status).toBe(503);
  });

  it.each([401, 429])('lets a key that the upstream answers with %i rest', async (status) => {
    const keys: (string | undefined)[] = [];
    const { front } = await standing(
      (request, response) => {
        keys.push(request.headers.authorization);
        response.writeHead(keys.length === 1 ? status : 200).end();
      },
      { keys: 'a,b' },
    );

    for (let turn = 0; turn < 4; turn += 1) await call(`${front.url}/v1/models`);

    expect(keys).toEqual(['Bearer a', 'Bearer b', 'Bearer b', 'Bearer b', 'Bearer b']);
  });
});

type Listener = (...parameters: Parameters<RequestListener>) => unknown;

/** Resolves when the stream is closed, also when it has been for long. */
const closed = (stream: IncomingMessage | ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    stream.on('error', () => undefined);
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });

async function standing(listener: Listener, options: StandOptions = {}): Promise<Stand> {
  const one = await stand((request, response) => void listener(request, response), options);
  stands.push(one);
  return one;
}
