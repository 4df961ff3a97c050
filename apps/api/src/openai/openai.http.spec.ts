import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Routing, type UpstreamClient, Upstreams } from '@app/proxy';
import { plainPassThrough, standingUpstream } from '@app/proxy/testing';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, endTask, openApi, type OpenApi } from '../testing/open-api.js';

const PICTURE = readFileSync(
  new URL('../../../../libs/outputs/src/testing/fixtures/picture.png', import.meta.url),
);

let api: OpenApi;
let upstream: Server;
let client: UpstreamClient;
let models: { status: number; body: string };

beforeAll(async () => {
  upstream = createServer((incoming, response) => void echo(incoming, response));
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const own = standingUpstream('openai', `http://127.0.0.1:${port}/v1`);
  client = own.client;
  const limits = {
    maxBodyBytes: 1_000_000_000,
    maxJsonBytes: 100_000,
    maxHeldBytes: 1_000_000_000,
  };
  const passThrough = plainPassThrough(new Routing(new Upstreams(own)), limits);
  api = await openApi({ passThrough });
});
afterAll(async () => {
  await api?.close();
  await client?.close();
  upstream?.close();
});

/** What the upstream saw, byte for byte. */
interface Seen {
  readonly seen: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly type: string;
}

async function echo(incoming: IncomingMessage, response: ServerResponse) {
  const body = await buffer(incoming);
  response.setHeader('content-type', 'application/json');
  if (incoming.url === '/v1/models') {
    response.statusCode = models.status;
    return response.end(models.body);
  }
  return response.end(
    JSON.stringify({
      seen: `${incoming.method} ${incoming.url}`,
      sha256: createHash('sha256').update(body).digest('hex'),
      bytes: body.length,
      type: incoming.headers['content-type'] ?? '',
    }),
  );
}

const post = async (path: string, body: Buffer | string, type: string, more: object = {}) =>
  await api.ask(path, { method: 'POST', body, headers: { 'content-type': type }, ...more });

async function passedOn(path: string, body: Buffer | string, type: string): Promise<Seen> {
  const response = await post(path, body, type);
  return (await response.json()) as Seen;
}

/** A form with its bytes, as a client sends it. */
async function formBytes(form: FormData): Promise<{ type: string; bytes: Buffer }> {
  const response = new Response(form);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { type: response.headers.get('content-type') ?? '', bytes };
}

function formOf(fields: Readonly<Record<string, string | Blob>>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  return made;
}

const picture = () => new Blob([PICTURE], { type: 'image/png' });
const SHARED = ['/v1/images/generations', '/v1/images/edits', '/v1/videos'];

describe('what is the upstream’s on a shared path', () => {
  it.each([
    ['its own model', '{"model":"gpt-image-2","prompt":"a"}'],
    ['a model that nobody knows', '{"prompt":"a","model":"new-model"}'],
    ['a name with a vendor', '{"model":"bfl/flux-2-pro"}'],
    ['no model', '{"prompt":"a"}'],
    ['a model that is no text', '{"model":{"id":"flux-2-pro"}}'],
    ['no JSON', '{"model'],
    ['nothing', ''],
  ])('gets the same bytes: %s', async (_, body) => {
    for (const path of SHARED) {
      const seen = await passedOn(path, body, 'application/json');

      expect(seen.seen).toBe(`POST ${path}`);
      expect(seen.bytes).toBe(Buffer.byteLength(body));
      expect(seen.sha256).toBe(createHash('sha256').update(body).digest('hex'));
    }
  });

  it('gets a large form unchanged, boundary and all, with the model behind the file', async () => {
    const file = new Blob([randomBytes(5_000_000)]);
    const { type, bytes } = await formBytes(formOf({ image: file, model: 'gpt-image-2', n: '1' }));
    const seen = await passedOn('/v1/images/edits?x=1', bytes, type);

    expect(seen).toEqual({
      seen: 'POST /v1/images/edits?x=1',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      type,
    });
  });

  it('gets a form that breaks off, and other types of body, as they come', async () => {
    const { type, bytes } = await formBytes(formOf({ prompt: 'a', model: 'gpt-image-2' }));
    for (const [body, sent] of [
      [bytes.subarray(0, 60), type],
      [Buffer.from('model=flux-2-pro'), 'application/x-www-form-urlencoded'],
      [Buffer.from('model'), 'multipart/form-data'],
    ] as const) {
      expect((await passedOn('/v1/images/edits', body, sent)).bytes).toBe(body.length);
    }
  });

  it('gets ids and methods that are its own', async () => {
    for (const [method, path] of [
      ['GET', '/v1/videos/video_1'],
      ['GET', '/v1/videos/video_1/content?variant=thumbnail'],
      ['DELETE', '/v1/videos/video_1'],
      ['POST', '/v1/videos/video_1/remix'],
      ['POST', '/v1/videos/edits'],
      ['GET', '/v1/models/gpt-5'],
      ['GET', '/v1/models/ft:gpt-5/x'],
      ['GET', '/v1/images/generations'],
    ] as const) {
      const seen = (await (await api.ask(path, { method })).json()) as Seen;

      expect(seen.seen).toBe(`${method} ${path}`);
    }
  });

  it('is not seen without a key, nor read', async () => {
    const response = await post('/v1/images/generations', '{"model":"gpt-image-2"}', JSON_TYPE, {
      key: 'nobody',
    });

    expect(response.status).toBe(401);
  });
});

const JSON_TYPE = 'application/json';

const NINE = Array.from({ length: 9 }, () => ({ image_url: 'https://a.example/b' }));

describe('a request that becomes a task', () => {
  it.each<[string, object, string]>([
    ['/v1/images/generations', { n: 10 ** 9 }, 'n'],
    ['/v1/images/generations', { n: '1' }, 'n'],
    ['/v1/images/generations', { prompt: undefined }, 'prompt'],
    ['/v1/images/generations', { prompt: 7 }, 'prompt'],
    ['/v1/images/generations', { prompt: '\u0000' }, 'prompt'],
    ['/v1/images/generations', { size: '99999x99999' }, 'size'],
    ['/v1/images/generations', { size: [] }, 'size'],
    ['/v1/images/generations', { seed: { a: [[[{}]]] } }, 'seed'],
    ['/v1/images/generations', { toString: 1 }, 'toString'],
    ['/v1/images/generations', { constructor: {} }, 'constructor'],
    ['/v1/images/generations', { hasOwnProperty: null }, 'hasOwnProperty'],
    ['/v1/images/generations', { image_urls: ['file:///etc/passwd'] }, 'image_urls.0'],
    ['/v1/images/edits', { images: [{ image_url: 'http://127.0.0.1/a' }] }, 'image'],
    ['/v1/images/edits', { images: {} }, 'images'],
    ['/v1/images/edits', { images: [null] }, 'images.0'],
    ['/v1/images/edits', { images: NINE }, 'image'],
    ['/v1/images/edits', { image: 'x' }, 'image'],
    ['/v1/videos', { seconds: '-1' }, 'seconds'],
    ['/v1/videos', { model: 'veo-3-1', seconds: '5' }, 'seconds'],
    ['/v1/videos', { model: 'veo-3-1', size: {} }, 'size'],
    ['/v1/videos', { model: 'veo-3-1', input_reference: [] }, 'input_reference'],
    ['/v1/videos', { model: 'flux-2-pro' }, 'model'],
    ['/v1/images/generations', { model: 'veo-3-1' }, 'model'],
  ])('is refused in the common shape: %s %j', async (path, more, param) => {
    const model = path === '/v1/videos' && !('model' in more) ? 'veo-3-1' : 'flux-2-pro';
    const body = { model, prompt: 'a boat', ...more };
    const response = await api.ask(path, { json: body });
    const { error, error_code: code } = (await response.json()) as {
      error: { type: string; param: string; message: string };
      error_code: string;
    };

    expect(response.status).toBe(400);
    expect(code).toBe('INVALID_REQUEST');
    expect(error).toMatchObject({ type: 'invalid_request_error', param });
    expect(error.message).not.toMatch(/input\.(?!:)/);
  });

  it.each<[string, string]>([
    ['JSON that breaks off', '{"model":"flux-2-pro","prompt":"a'],
    ['JSON with more behind it', '{"model":"flux-2-pro","prompt":"a"}]'],
    ['deep nesting', `{"model":"flux-2-pro","prompt":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['a prototype', '{"model":"flux-2-pro","prompt":"a","__proto__":{"n":1}}'],
    ['bytes that are no text', '{"model":"flux-2-pro","prompt":"\xff"}'],
  ])('is refused when its body is odd: %s', async (_, body) => {
    const response = await post('/v1/images/generations', Buffer.from(body, 'latin1'), JSON_TYPE);

    expect(response.status).toBe(400);
  });

  it.each<[string, Readonly<Record<string, string | Blob>>, string]>([
    ['no file', {}, 'image'],
    ['a file that is no picture', { image: new Blob(['hello']) }, 'image'],
    ['an empty file', { image: new Blob([]) }, 'image'],
    ['a file where a text belongs', { prompt: picture() }, 'prompt'],
    ['a text where a file belongs', { image: 'x' }, 'image'],
    ['a mask that the model lacks', { image: picture(), mask: picture() }, 'mask'],
    ['a number that is none', { image: picture(), seed: 'NaN' }, 'seed'],
    ['a name like a prototype', { image: picture(), 'a[__proto__]': '1' }, 'a.__proto__'],
    ['a list of models', { image: picture(), 'model[]': 'm' }, 'model[]'],
  ])('is refused when its form is odd: %s', async (_, parts, param) => {
    const { type, bytes } = await formBytes(
      formOf({ model: 'flux-2-pro', prompt: 'a hat', ...parts }),
    );
    const response = await post('/v1/images/edits', bytes, type);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });

  it('is refused when its form names two models, breaks off, has too many files, or is too large', async () => {
    const { type, bytes } = await formBytes(formOf({ model: 'flux-2-pro', image: picture() }));
    const many = formOf({ model: 'flux-2-pro' });
    for (let index = 0; index < 40; index += 1) many.append('image[]', picture());
    const manyBytes = await formBytes(many);
    const twice = formOf({ model: 'flux-2-pro', image: picture(), prompt: 'a' });
    twice.append('model', 'gpt-image-2');
    const twiceBytes = await formBytes(twice);
    const second = await post('/v1/images/edits', twiceBytes.bytes, twiceBytes.type);
    const cut = await post('/v1/images/edits', bytes.subarray(0, bytes.length - 40), type);
    const tooMany = await post('/v1/images/edits', manyBytes.bytes, manyBytes.type);

    expect(second.status).toBe(400);
    expect(cut.status).toBe(400);
    expect(tooMany.status).toBe(400);
    expect(await tooLarge()).toBe(413);
  });

  it('waits for its end, and leaves the task when the client does', async () => {
    const leaving = new AbortController();
    const asked = api.ask('/v1/images/generations', {
      json: { model: 'flux-2-pro', prompt: 'left alone' },
      signal: leaving.signal,
    });
    const taskId = await newestTask('left alone');
    leaving.abort();
    await expect(asked).rejects.toThrow('aborted');

    expect(await api.tasks.find(taskId)).toMatchObject({ status: 'queued', model: 'flux-2-pro' });
  });

  it('tells how the task failed, and that asking again makes another one', async () => {
    const asked = api.ask('/v1/images/generations', {
      json: { model: 'flux-2-pro', prompt: 'it will fail' },
    });
    const taskId = await newestTask('it will fail');
    await endTask(api, taskId);
    const response = await asked;

    expect(response.status).toBe(502);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-taskgate-task-id')).toBe(taskId);
    expect(await response.json()).toMatchObject({
      error_code: 'TASK_FAILED',
      error: { type: 'upstream_error', code: 'task_failed', message: 'it broke' },
    });
  });

  it('keeps a stream alive and ends it with the error', async () => {
    const response = await api.ask('/v1/images/generations', {
      json: { model: 'flux-2-pro', prompt: 'streamed', stream: true },
    });
    await endTask(api, await newestTask('streamed'));
    const text = await response.text();

    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(text).toMatch(/^: still here\n/);
    expect(text).toContain('event: error\ndata: {"error":{"message":"it broke"');
  });

  it('meets the same task under the same key, whatever became of it', async () => {
    const ask = async (prompt: string) =>
      await api.ask('/v1/images/generations', {
        json: { model: 'flux-2-pro', prompt },
        headers: { 'idempotency-key': 'http-1' },
      });
    const first = ask('keyed');
    await endTask(api, await newestTask('keyed'));
    const second = await ask('keyed');

    expect(second.headers.get('idempotent-replay')).toBe('true');
    expect(second.headers.get('x-taskgate-task-id')).toBe(
      (await first).headers.get('x-taskgate-task-id'),
    );
    expect((await ask('another')).status).toBe(422);
  });
});

/** A body that says it is larger than what is taken, and is never sent. */
async function tooLarge(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const sending = request({
      hostname,
      port,
      path: '/v1/images/generations',
      method: 'POST',
      headers: {
        authorization: 'Bearer a',
        'content-type': JSON_TYPE,
        'content-length': 67_108_865,
      },
    });
    sending.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      sending.destroy();
    });
    sending.on('error', reject);
    sending.write('{"model":"flux-2-pro","prompt":"');
  });
}

/** The id of the task with this prompt, once it is there. */
async function newestTask(prompt: string): Promise<string> {
  const find = async () => {
    const found = await api.tasks.list(null, {}, { olderThan: null, size: 50 });
    return found.find(({ task }) => task.input['prompt'] === prompt)?.task.id;
  };
  await expect.poll(find).toBeDefined();
  return (await find()) ?? '';
}

const page = async (query: string) =>
  (await (await api.ask(`/v1/videos?${query}`, { key: 'b' })).json()) as {
    data: { id: string }[];
    has_more: boolean;
    last_id: string;
  };

const NAMES =
  'prompt n size quality background moderation safety user seed response_format partial_images ' +
  'image_urls images mask mask_url image seconds duration input_reference aspect_ratio resolution output_format';
const FIELD = fc.constantFrom(...NAMES.split(' '));
const VALUE = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('auto', '1024x1024', '1280x720', '16:9', '8', '1', 'https://a.example/b'),
  fc.constantFrom({ image_url: 'https://a.example/b' }, [{ image_url: 7 }], { file_id: 'f' }),
);

/** Answers at once, whatever becomes of the task. */
async function statusOf(path: string, body: Buffer | string, type: string): Promise<number> {
  const response = await post(path, body, type);
  await response.body?.cancel();
  return response.status;
}

describe('any request at all', () => {
  const place = fc.record({
    path: fc.constantFrom(...SHARED),
    model: fc.constantFrom(
      'flux-2-pro',
      'qwen-image-2-0',
      'veo-3-1',
      'happyhorse-1-0',
      'gpt-image-2',
    ),
  });

  it('is answered and never our fault: JSON', async () => {
    const fields = fc.dictionary(fc.oneof(FIELD, fc.string()), VALUE, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(place, fields, async ({ path, model }, more) => {
        const body = JSON.stringify({ prompt: 'a', ...more, model, stream: true });
        expect(await statusOf(path, body, JSON_TYPE)).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('is answered and never our fault: forms, whole and cut', async () => {
    const name = fc.oneof(
      FIELD,
      fc.string({ minLength: 1 }),
      FIELD.map((one) => `${one}[]`),
    );
    const value = fc.oneof(fc.string(), fc.constantFrom('1', '1024x1024', '8'), fc.constant(null));
    const parts = fc.array(fc.tuple(name, value), { maxLength: 6 });
    const cut = fc.option(fc.integer({ min: 0, max: 2000 }));
    await fc.assert(
      fc.asyncProperty(place, parts, cut, async ({ path, model }, pairs, at) => {
        const made = formOf({ model, stream: 'true' });
        for (const [field, text] of pairs) made.append(field, text ?? picture());
        const { type, bytes } = await formBytes(made);
        const body = at === null ? bytes : bytes.subarray(0, at);
        expect(await statusOf(path, body, type)).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe('films', () => {
  it('are listed oldest or newest first, page by page, without pictures', async () => {
    const made: string[] = [];
    for (const prompt of ['one', 'two', 'three']) {
      const response = await api.ask('/v1/videos', {
        json: { model: 'veo-3-1', prompt },
        key: 'b',
      });
      made.push(((await response.json()) as { id: string }).id);
    }
    const first = await page('limit=2&order=asc');
    const rest = await page(`limit=2&order=asc&after=${first.last_id}`);
    const all = await page('');

    expect(first.data.map(({ id }) => id)).toEqual(made.slice(0, 2));
    expect(first.has_more).toBe(true);
    expect(rest.data.map(({ id }) => id)).toEqual(made.slice(2));
    expect(all.data.map(({ id }) => id)).toEqual(made.toReversed());
    expect(all.has_more).toBe(false);
  });

  it.each(['limit=0', 'limit=x', 'after=video_1', 'order=up', 'limit=1&limit=2'])(
    'are not listed by %s',
    async (query) => {
      expect((await api.ask(`/v1/videos?${query}`)).status).toBe(400);
    },
  );

  it.each([
    ['GET', '/v1/videos/tk-nonsense', 404],
    ['GET', '/v1/videos/tk-01JD0000000000000000000000/content', 404],
    ['DELETE', '/v1/videos/tk-01JD0000000000000000000000', 404],
    ['POST', '/v1/videos/tk-01JD0000000000000000000000/remix', 404],
    ['PUT', '/v1/videos/tk-01JD0000000000000000000000', 405],
    ['POST', '/v1/videos/%74k-01JD0000000000000000000000/remix', 404],
  ])('of tasks never go to the upstream: %s %s', async (method, path, status) => {
    const response = await api.ask(path, { method });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code: status });
  });

  it('have no other variant than the film itself', async () => {
    const made = await api.ask('/v1/videos', { json: { model: 'veo-3-1', prompt: 'thumb' } });
    const { id } = (await made.json()) as { id: string };
    const response = await api.ask(`/v1/videos/${id}/content?variant=thumbnail`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'variant' } });
  });
});

const list = async () => {
  const response = await api.ask('/v1/models');
  const { data } = (await response.json()) as { data: { id: string; owned_by: string }[] };
  return { mark: response.headers.get('x-taskgate-upstream-models'), data };
};

describe('the list of models', () => {
  it('is the upstream’s and the catalog’s, each name once', async () => {
    const theirs = [
      { id: 'gpt-5', owned_by: 'openai' },
      { id: 'flux-2.pro', owned_by: 'else' },
    ];
    models = { status: 200, body: JSON.stringify({ object: 'list', data: theirs }) };
    const { data, mark } = await list();

    expect(mark).toBeNull();
    expect(data.slice(0, 2)).toEqual(theirs);
    expect(data.map(({ id }) => id)).not.toContain('flux-2-pro');
    expect(data).toContainEqual({ id: 'veo-3-1', object: 'model', created: 0, owned_by: 'vertex' });
  });

  it.each([
    [500, '{}'],
    [401, '{"error":{}}'],
    [200, 'no JSON'],
    [200, '{"data":{}}'],
    [200, 'null'],
  ])('is the catalog’s alone when the upstream answers %d %s', async (status, body) => {
    models = { status, body };
    const { data, mark } = await list();

    expect(mark).toBe('unavailable');
    expect(data.map(({ id }) => id)).toContain('flux-2-pro');
  });

  it('has each model of the catalog by its id', async () => {
    const response = await api.ask('/v1/models/veo-3.1');

    expect(await response.json()).toEqual({
      id: 'veo-3-1',
      object: 'model',
      created: 0,
      owned_by: 'vertex',
    });
  });
});

describe('the OpenAPI document', () => {
  it('lists the calls', async () => {
    const { paths } = (await (await api.ask('/openapi.json')).json()) as { paths: object };

    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v1/images/generations',
        '/v1/images/edits',
        '/v1/videos',
        '/v1/videos/{videoId}',
        '/v1/videos/{videoId}/content',
        '/v1/models',
        '/v1/models/{model}',
      ]),
    );
    expect(await dataOf(await api.ask('/v1/tasks/models'))).toBeDefined();
  });
});
