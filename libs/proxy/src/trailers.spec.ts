import { afterEach, describe, expect, it } from 'vitest';
import { call } from './testing/call.js';
import { rawAnswer } from './testing/raw-answer.js';
import { stand } from './testing/stand.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** A pass-through to an upstream that says these very bytes. */
async function passing(bytes: string): Promise<string> {
  const upstream = await rawAnswer(bytes);
  const one = await stand(() => undefined, { baseUrl: upstream.url });
  cleanUps.push(upstream.close, () => one.close());
  return `${one.front.url}/v1/x`;
}

const inChunks = (announced: string, trailers: string): string =>
  `HTTP/1.1 200 OK\r\n${announced}transfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`;

const CHECKSUM = inChunks('trailer: X-Checksum\r\n', 'X-Checksum: abc\r\n');

describe('trailers of the upstream', () => {
  it('are announced, and come behind the body', async () => {
    const { bytes, headers, trailers } = await call(await passing(CHECKSUM));

    expect(bytes.toString()).toBe('ok');
    expect(headers.trailer).toBe('x-checksum');
    expect(trailers).toEqual({ 'x-checksum': 'abc' });
  });

  it('that were not announced, or may not stand there, are dropped', async () => {
    const announced = 'trailer: x-checksum, Set-Cookie\r\ntrailer: content-type, x-more\r\n';
    const sent =
      'x-checksum: abc\r\nset-cookie: a=1\r\ncontent-type: a/b\r\nx-more: 1\r\nx-other: 2\r\n';

    const { headers, trailers } = await call(await passing(inChunks(announced, sent)));

    expect(headers.trailer).toBe('x-checksum, x-more');
    expect(trailers).toEqual({ 'x-checksum': 'abc', 'x-more': '1' });
  });

  it('of which none may be passed on are not announced', async () => {
    const only = inChunks('trailer: set-cookie\r\n', 'set-cookie: a=1\r\n');

    const { headers, trailers } = await call(await passing(only));

    expect(headers).not.toHaveProperty('trailer');
    expect(trailers).toEqual({});
  });

  it.each([
    ['a HEAD', { method: 'HEAD' }, CHECKSUM, ''],
    [
      'a told length',
      {},
      'HTTP/1.1 200 OK\r\ntrailer: x-checksum\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok',
      'ok',
    ],
    [
      'a 304',
      {},
      'HTTP/1.1 304 Not Modified\r\ntrailer: x-checksum\r\nconnection: close\r\n\r\n',
      '',
    ],
  ])('have no place behind %s', async (_, options, bytes, body) => {
    const answer = await call(await passing(bytes), options);

    expect(answer.bytes.toString()).toBe(body);
    expect(answer.headers).not.toHaveProperty('trailer');
  });
});

describe('heads before the head of the answer', () => {
  it.each([
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103', 'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n'],
    ['several', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <>\r\n\r\n'],
  ])('%s are left out, and the answer is whole', async (_, early) => {
    const { status, bytes, headers, trailers } = await call(await passing(early + CHECKSUM));

    expect([status, bytes.toString(), trailers]).toEqual([200, 'ok', { 'x-checksum': 'abc' }]);
    expect(headers).not.toHaveProperty('link');
  });
});
