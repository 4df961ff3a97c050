import { connect } from 'node:net';
import { once } from 'node:events';
import { fixture } from '@app/outputs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, openApi, type OpenApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api.close());

const PNG = fixture('picture.png');

const upload = async (
  body: string | FormData | Buffer,
  type: string,
  key = 'a',
): Promise<Response> =>
  await api.ask('/v1/inputs', {
    method: 'POST',
    body: body instanceof Buffer ? new Uint8Array(body) : body,
    headers: { 'content-type': type },
    key,
  });

describe('POST /v1/inputs', () => {
  it.each([
    ['picture.png', 'image/png', 'image/png'],
    ['picture.webp', 'image/png', 'image/webp'],
    ['picture.jpg', 'application/octet-stream', 'image/jpeg'],
    ['movie.mp4', 'video/mp4', 'video/mp4'],
    ['movie.webm', 'video/webm', 'video/webm'],
    ['sound.mp3', 'audio/mpeg', 'audio/mpeg'],
    ['sound.wav', 'audio/x-wav', 'audio/wav'],
    ['sound.m4a', 'audio/mp4', 'audio/mp4'],
    ['sound.ogg', 'application/octet-stream', 'audio/ogg'],
  ])('keeps %s sent as %s, typed by its bytes', async (name, sent, mime) => {
    const response = await upload(fixture(name), sent);

    expect(response.status).toBe(200);
    expect(await dataOf(response)).toEqual({
      id: expect.stringMatching(/^in-\w{26}$/),
      url: expect.stringMatching(/^input:in-\w{26}$/),
      mime,
      bytes: fixture(name).length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      expireAt: expect.any(Number),
    });
  });

  it.each([
    ['a page', Buffer.from('<html></html>'), 'image/png', 415, 'should be a PNG'],
    ['a picture sent as a video', PNG, 'video/mp4', 415, 'it is image/png'],
    ['a picture sent as a sound', PNG, 'audio/wav', 415, 'sound; it is image/png'],
    ['JSON', '{"a":1}', 'application/json', 415, 'send the file itself'],
    ['a form', new FormData(), 'multipart/form-data; boundary=x', 415, 'send the file itself'],
    ['a picture that is cut off', PNG.subarray(0, -20), 'image/png', 400, 'cut off'],
    ['nothing', Buffer.alloc(0), 'image/png', 400, 'empty'],
    ['too much', Buffer.alloc(67_108_865), 'image/png', 413, 'larger than 67108864 bytes'],
  ])('refuses %s', async (_, body, type, status, said) => {
    const before = api.inputs.inputs.size;

    const response = await upload(body, type);

    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(said);
    expect(api.inputs.inputs.size).toBe(before);
  });

  it('reads nothing of a stranger', async () => {
    expect((await upload(PNG, 'image/png', 'nobody')).status).toBe(401);
  });

  it('keeps nothing of an upload whose caller leaves in the middle', async () => {
    const before = api.inputs.inputs.size;
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = 'POST /v1/inputs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n';
    socket.write(`${head}content-type: image/png\r\ncontent-length: ${PNG.length}\r\n\r\n`);
    socket.write(PNG.subarray(0, 100));
    socket.destroy();
    await once(socket, 'close');

    expect((await upload(PNG, 'image/png')).status).toBe(200);
    expect(api.inputs.inputs.size).toBe(before + 1);
  });
});
