import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { render } from '../media/render.js';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const PATH = '/openai/v1/images/edits';

function picture(
  width = 64,
  { height = width, format = 'png' }: { height?: number; format?: 'png' | 'jpeg' | 'webp' } = {},
): Buffer {
  return render({ kind: 'picture', format, width, height, text: 'a cat', transparent: true });
}

const dataUrl = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString('base64')}`;

/** A form as OpenAI's clients send it; a Buffer is a file. */
async function postForm(
  sandbox: TestSandbox,
  parts: readonly (readonly [name: string, value: string | Buffer])[],
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of [['prompt', 'a hat'], ['model', 'gpt-image-2'], ...parts] as const) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new File([new Uint8Array(value)], 'picture.png'));
  }
  return await fetch(`${sandbox.url}${PATH}`, {
    method: 'POST',
    headers: { authorization: 'Bearer key' },
    body: form,
  });
}

describe('edits of the OpenAI stand-in', () => {
  it.each<[string, readonly (readonly [string, string | Buffer])[]]>([
    ['one picture', [['image', picture()]]],
    [
      'several, of any of three formats',
      [
        ['image[]', picture()],
        ['image[]', picture(32, { format: 'jpeg' })],
        ['image[]', picture(32, { format: 'webp' })],
      ],
    ],
    [
      'a mask',
      [
        ['image', picture()],
        ['mask', picture()],
        ['n', '2'],
        ['size', '1280x720'],
        ['moderation', 'low'],
      ],
    ],
  ])('take %s as a form', async (_, parts) => {
    const sandbox = await startSandbox();

    const response = await postForm(sandbox, parts);

    const answer = (await response.json()) as { data: { b64_json: string }[]; usage: object };
    expect(answer.usage).toMatchObject({
      input_tokens_details: { image_tokens: expect.any(Number) },
    });
    expect(imageSize(Buffer.from(answer.data[0]?.b64_json ?? '', 'base64')).type).toBe('png');
    expect(await sandbox.submits()).toMatchObject([{ model: 'gpt-image-2', prompt: 'a hat' }]);
  });

  it('take the same as JSON, with data URLs', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, {
      model: 'gpt-image-1.5',
      prompt: 'a hat',
      images: [{ image_url: dataUrl(picture(64, { height: 96 })) }],
      mask: { image_url: dataUrl(picture(64, { height: 96 })) },
      input_fidelity: 'high',
    });

    expect(await response.json()).toMatchObject({ size: '1024x1536' });
  });

  it.each<[string, readonly (readonly [string, string | Buffer])[], string]>([
    ['no picture', [], 'image'],
    [
      'seventeen pictures',
      Array.from({ length: 17 }, () => ['image[]', picture(16)] as const),
      'image',
    ],
    ['a file that is no picture', [['image', Buffer.from('text')]], 'image'],
    [
      'a mask of another size',
      [
        ['image', picture()],
        ['mask', picture(32)],
      ],
      'mask',
    ],
    [
      'a mask that is no PNG',
      [
        ['image', picture()],
        ['mask', picture(64, { format: 'webp' })],
      ],
      'mask',
    ],
    [
      'a file of another name',
      [
        ['image', picture()],
        ['picture', picture()],
      ],
      'picture',
    ],
    [
      'a field of another name',
      [
        ['image', picture()],
        ['seed', '1'],
      ],
      'seed',
    ],
    [
      'input_fidelity of gpt-image-2',
      [
        ['image', picture()],
        ['input_fidelity', 'low'],
      ],
      'input_fidelity',
    ],
    [
      'too many results',
      [
        ['image', picture()],
        ['n', '11'],
      ],
      'n',
    ],
  ])('refuse %s by its name', async (_, parts, param) => {
    const sandbox = await startSandbox();

    const response = await postForm(sandbox, parts);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', param },
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('refuse a link in JSON: the stand-in fetches nothing', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, {
      model: 'gpt-image-2',
      prompt: 'a hat',
      images: [{ image_url: 'https://example.com/a.png' }],
    });

    expect(await response.json()).toMatchObject({ error: { param: 'images' } });
  });

  it('stream under their own names', async () => {
    const sandbox = await startSandbox();

    const response = await postForm(sandbox, [
      ['image', picture()],
      ['stream', 'true'],
    ]);

    expect(await response.text()).toMatch(/^event: image_edit\.completed\n/);
  });
});
