import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../testing/start-sandbox.js';

const PATH = '/openai/v1/images/generations';
const image = { model: 'gpt-image-2', prompt: 'a cat' };

describe('images of the OpenAI stand-in', () => {
  it.each(['png', 'jpeg', 'webp'])(
    'come inside the answer, as %s of the size asked for',
    async (format) => {
      const sandbox = await startSandbox();

      const response = await sandbox.post(PATH, {
        ...image,
        size: '1664x928',
        n: 2,
        output_format: format,
      });

      const answer = (await response.json()) as { data: { b64_json: string }[]; usage: unknown };
      const sizes = answer.data.map(({ b64_json }) => imageSize(Buffer.from(b64_json, 'base64')));
      expect(sizes).toMatchObject(Array.from({ length: 2 }, () => ({ width: 1664, height: 928 })));
      expect(answer).toMatchObject({ size: '1664x928', output_format: format, quality: 'medium' });
      expect(answer.usage).toMatchObject({
        input_tokens: 2,
        output_tokens: 3110,
        total_tokens: 3112,
      });
      expect(await sandbox.submits()).toHaveLength(1);
    },
  );

  it.each([
    [{ size: '1000x1000' }, 'size'],
    [{ size: '3840x1024' }, 'size'],
    [{ size: '3840x3840' }, 'size'],
    [{ size: '512x512' }, 'size'],
    [{ quality: 'max' }, 'quality'],
    [{ complexity: 'low' }, 'complexity'],
    [{ model: 'gpt-image-2.5-flare', complexity: 'low' }, 'complexity'],
    [{ input_fidelity: 'low' }, 'input_fidelity'],
    [{ partial_images: 1 }, 'partial_images'],
    [{ output_compression: 50 }, 'output_compression'],
    [{ response_format: 'url' }, 'response_format'],
    [{ model: 'gpt-image-1.5', size: '1664x928' }, 'size'],
    [{ quality: 'hd' }, 'quality'],
    [{ n: 11 }, 'n'],
    [{ background: 'transparent', output_format: 'jpeg' }, 'background'],
    [{ output_format: 'svg' }, 'output_format'],
    [{ seed: 1 }, 'seed'],
    [{ negative_prompt: 'dog' }, 'negative_prompt'],
  ])('refuse %j by its name', async (fields, param) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, { ...image, ...fields });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', param },
    });
  });

  it('refuse a prompt as OpenAI does and are not counted', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, { ...image, prompt: 'x [[fault:moderated]]' });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: 'image_generation_user_error', code: 'moderation_blocked' },
    });
    expect(await sandbox.submits()).toEqual([]);
  });
});

describe('models of the image family', () => {
  it.each([
    ['gpt-image-1-mini', { size: '1536x1024', quality: 'low' }],
    ['gpt-image-1.5', { size: '1024x1536', output_format: 'webp', output_compression: 80 }],
    ['gpt-image-2', { size: '2880x2880' }],
    ['gpt-image-2.5-flare', { size: '1280x720', quality: 'max' }],
    ['gpt-image-2.6-sunburst', { size: '1280x720', quality: 'xhigh', complexity: 'high' }],
  ])('%s makes %j', async (model, fields) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, { ...image, model, ...fields });

    expect(await response.json()).toMatchObject({ size: fields.size, data: [{}] });
    expect(await sandbox.submits()).toMatchObject([{ model }]);
  });

  it.each(['gpt-image-1', 'dall-e-3', 'gpt-image-2.7-flare', 'sora-2'])(
    'do not include %s',
    async (model) => {
      const sandbox = await startSandbox();

      const response = await sandbox.post(PATH, { ...image, model });

      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'model_not_found' } });
    },
  );
});

describe('a stream of images', () => {
  it('shows what is on the way, then each picture with its tokens, and no more', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, { ...image, n: 2, stream: true, partial_images: 2 });

    const events = (await response.text()).split('\n\n').filter((event) => event !== '');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(events.map((event) => event.split('\n')[0])).toEqual([
      'event: image_generation.partial_image',
      'event: image_generation.partial_image',
      'event: image_generation.completed',
      'event: image_generation.completed',
    ]);
    const last = JSON.parse(events.at(-1)?.split('data: ')[1] ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({
      type: 'image_generation.completed',
      size: '1024x1024',
      usage: { output_tokens: 1056 },
    });
  });

  it('that fails ends in an error', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, {
      ...image,
      prompt: 'x [[fault:fail]]',
      stream: true,
    });

    expect(await response.text()).toMatch(/^event: error\ndata: .*server_error/);
  });
});

describe('the account behind a key', () => {
  it.each([
    ['no-quota-1', 429, { code: 'insufficient_quota', type: 'insufficient_quota' }],
    ['unverified-1', 403, { code: null }],
    ['wrong-1', 401, { code: 'invalid_api_key' }],
  ])('%s is refused with %i', async (key, status, error) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, image, { authorization: `Bearer ${key}` });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
    expect(await sandbox.submits()).toEqual([]);
  });
});
