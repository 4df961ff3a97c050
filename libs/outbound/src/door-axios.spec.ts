import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { isAxiosError, type AxiosInstance } from 'axios';
import { afterAll, describe, expect, it } from 'vitest';
import { axiosThroughDoor } from './door-axios.js';
import type { DoorSettings } from './door-settings.js';
import { GuardedDoor } from './guarded-door.js';
import { OutboundError } from './outbound-error.js';
import { PUBLIC_ONLY } from './tenant-policy.js';
import { closedPort, httpServer } from './testing/loopback-server.js';

const door = new GuardedDoor({ tenants: PUBLIC_ONLY });
afterAll(async () => await door.close());

const timeouts = { connectMs: 5000, headersMs: 5000, idleMs: 5000, totalMs: 5000 };

function vendorAxios(maxBytes?: number): AxiosInstance {
  const limits = maxBytes === undefined ? {} : { maxBytes };
  return axiosThroughDoor(door, { addressClass: { kind: 'operator' }, timeouts, ...limits });
}

interface Echo {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const answersOf = (trustedBaseUrl: string): { door: DoorSettings } => ({
  door: { addressClass: { kind: 'vendor-answer', trustedBaseUrl } },
});

const echo = async () =>
  await httpServer((request, response) => {
    void buffer(request).then((body) =>
      response.setHeader('content-type', 'application/json').end(
        JSON.stringify({
          method: request.method,
          path: request.url,
          headers: request.headers,
          body: body.toString('latin1'),
        }),
      ),
    );
  });

describe('axiosThroughDoor', () => {
  it('sends JSON and parses JSON', async () => {
    await using server = await echo();

    const { status, data } = await vendorAxios().post(
      `${server.url}/v1/images`,
      { prompt: 'ü' },
      { params: { a: 'b c' }, headers: { Authorization: 'Bearer k' } },
    );

    expect(status).toBe(200);
    expect(data).toMatchObject({
      method: 'POST',
      path: '/v1/images?a=b+c',
      headers: {
        authorization: 'Bearer k',
        'content-type': 'application/json',
        'content-length': '15',
        'accept-encoding': 'identity',
      },
      body: Buffer.from('{"prompt":"ü"}').toString('latin1'),
    });
  });

  it.each([
    ['text', () => 'plain', 'plain'],
    ['a buffer', () => Buffer.from('bytes'), 'bytes'],
    ['a part of a larger buffer', () => Buffer.from('some bytes').subarray(5), 'bytes'],
    ['a stream', () => Readable.from([Buffer.from('bytes')]), 'bytes'],
    ['form fields', () => new URLSearchParams({ a: 'b' }), 'a=b'],
  ])('sends %s as it is', async (_what, body, expected) => {
    await using server = await echo();

    const { data } = await vendorAxios().put<Echo>(server.url, body(), {
      headers: { 'content-type': 'application/octet-stream' },
    });

    expect(data.body).toBe(expected);
  });

  it('sends a multipart form with its boundary', async () => {
    await using server = await echo();
    const form = new FormData();
    form.set('model', 'gpt-image-2');
    form.set('image', new Blob(['png']), 'a.png');

    const { data } = await vendorAxios().post<Echo>(server.url, form);

    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(
      data.headers['content-type'] ?? '',
    )?.[1];
    expect(data.body.split(`--${boundary}`)).toHaveLength(4);
    expect(data.body).toContain('filename="a.png"');
  });

  it.each([302, 400, 404, 429, 500])('resolves with status %i', async (status) => {
    await using server = await httpServer((_request, response) =>
      response
        .writeHead(status, { 'Retry-After': '7', location: '/other' })
        .end('{"code":"Throttled"}'),
    );

    const answer = await vendorAxios().get(server.url);

    expect(answer).toMatchObject({ status, data: { code: 'Throttled' } });
    expect(answer.headers['retry-after']).toBe('7');
  });

  it('leaves an answer that is not JSON as text, and joins repeated headers', async () => {
    await using server = await httpServer((_request, response) =>
      response.setHeader('X-Many', ['a', 'b']).end('<html>bad gateway</html>'),
    );

    const answer = await vendorAxios().get(server.url);

    expect(answer.data).toBe('<html>bad gateway</html>');
    expect(answer.headers['x-many']).toBe('a, b');
  });

  it('gives bytes and streams when asked', async () => {
    await using server = await httpServer((_request, response) =>
      response.end(Buffer.from([0, 255])),
    );

    const bytes = await vendorAxios().get(server.url, { responseType: 'arraybuffer' });
    const stream = await vendorAxios().get<Readable>(server.url, { responseType: 'stream' });

    expect(bytes.data).toEqual(Buffer.from([0, 255]));
    expect(await buffer(stream.data)).toEqual(Buffer.from([0, 255]));
  });

  it('keeps its connection', async () => {
    await using server = await echo();
    const client = vendorAxios();

    for (const path of ['/1', '/2', '/3', '/4', '/5']) await client.get(`${server.url}${path}`);

    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('judges a URL out of a vendor answer by its own class', async () => {
    await using server = await echo();
    const url = `${server.url}/file`;

    const own = await vendorAxios().get(url, answersOf('http://127.0.0.1/api'));
    const foreign = vendorAxios().get(url, answersOf('https://api.example.com'));

    expect(own.status).toBe(200);
    await expect(foreign).rejects.toMatchObject({ cause: { kind: 'refused-address' } });
  });
});

describe('axiosThroughDoor, when it goes wrong', () => {
  it('tells that nothing was sent, in an AxiosError that holds no key', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;

    const failure = await vendorAxios()
      .post(url, { prompt: 'p' }, { headers: { Authorization: 'Bearer secret-key' } })
      .catch((error: unknown) => error);

    expect(isAxiosError(failure)).toBe(true);
    expect(failure).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { kind: 'connect', requestSent: false },
    });
    expect(JSON.stringify(failure)).not.toContain('secret-key');
  });

  it('takes timeout for the whole request and longer waits for headers with it', async () => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(200).write('{');
    });

    const failure = vendorAxios().get(server.url, { timeout: 50 });

    await expect(failure).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'Not finished within 50 ms.',
      cause: { kind: 'timeout', requestSent: true },
    });
  });

  it('takes single clocks of one request', async () => {
    await using server = await httpServer(() => undefined);

    const failure = vendorAxios().get(server.url, {
      timeout: 5000,
      door: { timeouts: { headersMs: 50 } },
    });

    await expect(failure).rejects.toMatchObject({ message: 'No answer within 50 ms.' });
  });

  it('still knows whether the request was sent when it is aborted', async () => {
    const controller = new AbortController();
    await using server = await httpServer(() => controller.abort());

    const failure = await vendorAxios()
      .post(server.url, {}, { signal: controller.signal })
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'ERR_CANCELED' });
    expect(failure).toHaveProperty('cause', expect.any(OutboundError));
    expect(failure).toHaveProperty('cause.requestSent', true);
  });

  it('limits the bytes of an answer', async () => {
    await using server = await httpServer((_request, response) => response.end('x'.repeat(1000)));

    await expect(vendorAxios(999).get(server.url)).rejects.toMatchObject({
      cause: { kind: 'too-large' },
    });
    const allowed = await vendorAxios(999).get<Readable>(server.url, {
      door: { maxBytes: 1000 },
      responseType: 'stream',
    });
    expect(await text(allowed.data)).toHaveLength(1000);
  });
});
