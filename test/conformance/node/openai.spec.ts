import { imageSize } from 'image-size';
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  toFile,
} from 'openai';
import { describe, expect, it } from 'vitest';
import { render } from '../../../apps/sandbox/src/media/render.js';
import { startSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

/** The client as it is published; only base URL and key are given, and no request is sent twice. */
const client = (url: string, path = '/openai/v1', apiKey = 'sk-test'): OpenAI =>
  new OpenAI({ baseURL: `${url}${path}`, apiKey, maxRetries: 0 });

const compatible = (url: string): OpenAI => client(url, '/compatible/v1');

/** Everything of a stream or of a list, page after page. */
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const bytesOf = (base64: string | undefined): Buffer => Buffer.from(base64 ?? '', 'base64');

/** Fit to be edited, to be a mask and to begin a film. */
const SQUARE = render({
  kind: 'picture',
  format: 'png',
  width: 64,
  height: 64,
  text: 'hat',
  transparent: true,
});
const picture = async (name = 'square.png') => await toFile(SQUARE, name, { type: 'image/png' });

describe('openai, pictures', () => {
  it.each([
    'gpt-image-2',
    'gpt-image-2.6-sunburst',
    'gpt-image-2.5-flare',
    'gpt-image-1.5',
    'gpt-image-1-mini',
  ])('generates with %s', async (model) => {
    const sandbox = await startSandbox();

    const answer = await client(sandbox.url).images.generate({
      model,
      prompt: 'a red boat',
      n: 2,
      size: '1536x1024',
      quality: 'low',
      output_format: 'webp',
    });

    expect(answer.data?.map(({ b64_json }) => imageSize(bytesOf(b64_json)))).toMatchObject([
      { type: 'webp', width: 1536, height: 1024 },
      { type: 'webp', width: 1536, height: 1024 },
    ]);
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
    expect(await sandbox.submits()).toMatchObject([{ provider: 'openai', model }]);
  });

  it('streams what is on the way and the picture', async () => {
    const sandbox = await startSandbox();

    const stream = await client(sandbox.url).images.generate({
      model: 'gpt-image-2',
      prompt: 'a red boat',
      stream: true,
      partial_images: 2,
    });

    const events = await all(stream);
    expect(events.map(({ type }) => type)).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    expect(events.map(({ b64_json }) => imageSize(bytesOf(b64_json)).width)).toEqual([
      1024, 1024, 1024,
    ]);
  });

  it('hears of a stream that fails', async () => {
    const sandbox = await startSandbox();
    const stream = await client(sandbox.url).images.generate({
      model: 'gpt-image-2',
      prompt: 'a red boat [[fault:fail]]',
      stream: true,
    });

    await expect(all(stream)).rejects.toThrow(APIError);
  });

  it('edits one picture, and several with a mask', async () => {
    const sandbox = await startSandbox();
    const openai = client(sandbox.url);

    const one = await openai.images.edit({
      model: 'gpt-image-2',
      prompt: 'a hat',
      image: await picture(),
    });
    const several = await openai.images.edit({
      model: 'gpt-image-1.5',
      prompt: 'a hat',
      image: [await picture('a.png'), await picture('b.png')],
      mask: await picture('mask.png'),
      input_fidelity: 'high',
      n: 2,
    });

    expect(imageSize(bytesOf(one.data?.[0]?.b64_json))).toMatchObject({ type: 'png' });
    expect(several.data).toHaveLength(2);
    expect(several.usage?.input_tokens_details.image_tokens).toBe(
      2 * (one.usage?.input_tokens_details.image_tokens ?? 0),
    );
  });

  it('streams an edit', async () => {
    const sandbox = await startSandbox();

    const stream = await client(sandbox.url).images.edit({
      model: 'gpt-image-2',
      prompt: 'a hat',
      image: await picture(),
      stream: true,
      partial_images: 1,
    });

    expect((await all(stream)).map(({ type }) => type)).toEqual([
      'image_edit.partial_image',
      'image_edit.completed',
    ]);
  });

  it.each([
    ['a bad size', { size: '1000x1000' }, BadRequestError, 'invalid_value'],
    ['an unknown model', { model: 'dall-e-3' }, NotFoundError, 'model_not_found'],
    ['moderation', { prompt: 'x [[fault:moderated]]' }, BadRequestError, 'moderation_blocked'],
    [
      'too many requests',
      { prompt: 'x [[fault:error-429]]' },
      RateLimitError,
      'rate_limit_exceeded',
    ],
    ['a fault of its own', { prompt: 'x [[fault:error-500]]' }, InternalServerError, null],
  ])('is refused for %s', async (_, fields, type, code) => {
    const sandbox = await startSandbox();

    const call = client(sandbox.url).images.generate({
      model: 'gpt-image-2',
      prompt: 'a red boat',
      ...fields,
    });

    await expect(call).rejects.toThrow(type);
    await expect(call).rejects.toMatchObject({ code, requestID: expect.stringMatching(/^req_/) });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['no-quota', RateLimitError, 'insufficient_quota'],
    ['unverified', PermissionDeniedError, null],
    ['wrong', AuthenticationError, 'invalid_api_key'],
  ])('is refused with the key "%s"', async (key, type, code) => {
    const sandbox = await startSandbox();

    const call = client(sandbox.url, '/openai/v1', key).images.generate({
      model: 'gpt-image-2',
      prompt: 'a red boat',
    });

    await expect(call).rejects.toThrow(type);
    await expect(call).rejects.toMatchObject({ code });
  });

  it('lists the models', async () => {
    const sandbox = await startSandbox();

    const models = await all(client(sandbox.url).models.list());

    expect(models.map(({ id }) => id)).toContain('gpt-image-2.6-sunburst');
  });
});

describe('openai, an upstream that is not OpenAI', () => {
  it('is given links to pictures, or the pictures', async () => {
    const sandbox = await startSandbox();
    const openai = compatible(sandbox.url);
    const order = { model: 'sandbox-image', prompt: 'a red boat', size: '512x256' };

    const linked = await openai.images.generate(order);
    const inside = await openai.images.generate({ ...order, response_format: 'b64_json' });

    const download = await fetch(linked.data?.[0]?.url ?? '');
    const measures = { type: 'png', width: 512, height: 256 };
    expect(imageSize(Buffer.from(await download.arrayBuffer()))).toMatchObject(measures);
    expect(imageSize(bytesOf(inside.data?.[0]?.b64_json))).toMatchObject(measures);
  });

  it('makes a film: created, looked at, downloaded, listed, deleted', async () => {
    const sandbox = await startSandbox({ delayMs: 10_000 });
    const openai = compatible(sandbox.url);

    const created = await openai.videos.create({
      model: 'sora-2',
      prompt: 'a red boat',
      seconds: '8',
      size: '1280x720',
      input_reference: await picture(),
    });
    sandbox.pass(5000);
    const working = await openai.videos.retrieve(created.id);
    await expect(openai.videos.downloadContent(created.id)).rejects.toThrow(NotFoundError);
    await expect(openai.videos.delete(created.id)).rejects.toThrow(BadRequestError);
    sandbox.pass(5000);
    const done = await openai.videos.retrieve(created.id);
    const film = await openai.videos.downloadContent(created.id);
    const thumbnail = await openai.videos.downloadContent(created.id, { variant: 'thumbnail' });

    expect(created).toMatchObject({ object: 'video', status: 'queued', progress: 0, seconds: '8' });
    expect(working).toMatchObject({ status: 'in_progress', progress: 50 });
    expect(done).toMatchObject({ status: 'completed', progress: 100, error: null });
    expect(film.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await film.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
    expect(imageSize(Buffer.from(await thumbnail.arrayBuffer()))).toMatchObject({ type: 'webp' });
    expect(await openai.videos.delete(created.id)).toEqual({
      id: created.id,
      object: 'video.deleted',
      deleted: true,
    });
    await expect(openai.videos.retrieve(created.id)).rejects.toThrow(NotFoundError);
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'openai-compatible', model: 'sora-2', vendorId: created.id },
    ]);
  });

  it('lists films page by page, newest first', async () => {
    const sandbox = await startSandbox();
    const openai = compatible(sandbox.url);
    const ids = [];
    for (const prompt of ['one', 'two', 'three']) {
      // One after the other, for the order is what is asked for.
      ids.unshift((await openai.videos.create({ prompt })).id);
    }

    const listed = await all(openai.videos.list({ limit: 2 }));
    const oldest = await openai.videos.list({ limit: 1, order: 'asc' });

    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(oldest.data.map(({ prompt }) => prompt)).toEqual(['one']);
  });

  it('remixes a film', async () => {
    const sandbox = await startSandbox();
    const openai = compatible(sandbox.url);
    const { id } = await openai.videos.create({ prompt: 'a red boat', seconds: '12' });

    const remix = await openai.videos.remix(id, { prompt: 'a blue boat' });

    expect(remix).toMatchObject({ remixed_from_video_id: id, seconds: '12' });
  });

  it('takes the first picture as a reference too', async () => {
    const sandbox = await startSandbox();
    const openai = compatible(sandbox.url);
    const input_reference = { image_url: `data:image/png;base64,${SQUARE.toString('base64')}` };

    expect(await openai.videos.create({ prompt: 'x', input_reference })).toMatchObject({
      model: 'sora-2',
    });
  });

  it('tells of a film that came to nothing', async () => {
    const sandbox = await startSandbox();
    const openai = compatible(sandbox.url);

    const { id } = await openai.videos.create({ prompt: 'x [[fault:moderated]]' });

    expect(await openai.videos.retrieve(id)).toMatchObject({
      status: 'failed',
      error: { code: 'moderation_blocked' },
    });
  });

  it.each([
    ['seconds that Sora does not make', { seconds: '5' }],
    ['a size that Sora does not make', { size: '640x480' }],
    ['an empty prompt', { prompt: '' }],
  ])('refuses %s', async (_, fields) => {
    const sandbox = await startSandbox();
    // What the types forbid is what is tried.
    const body = { prompt: 'a boat', ...fields } as OpenAI.VideoCreateParams;

    await expect(compatible(sandbox.url).videos.create(body)).rejects.toThrow(BadRequestError);
    expect(await sandbox.submits()).toEqual([]);
  });

  it('keeps the films of a key from another', async () => {
    const sandbox = await startSandbox();
    const { id } = await compatible(sandbox.url).videos.create({ prompt: 'a boat' });

    const other = client(sandbox.url, '/compatible/v1', 'sk-other');

    await expect(other.videos.retrieve(id)).rejects.toThrow(NotFoundError);
    expect((await other.videos.list()).data).toEqual([]);
  });
});
