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
