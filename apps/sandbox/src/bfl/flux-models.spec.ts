import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { render } from '../media/render.js';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const KEY = { 'x-key': 'key' };

const send = async (sandbox: TestSandbox, model: string, body: object): Promise<Response> =>
  await sandbox.post(`/bfl/v1/${model}`, body, KEY);

/** The bytes of what a model makes. */
async function make(sandbox: TestSandbox, model: string, body: object): Promise<Buffer> {
  const task = (await (await send(sandbox, model, body)).json()) as { polling_url: string };
  const polled = (await (await fetch(task.polling_url)).json()) as { result: { sample: string } };
  return Buffer.from(await (await fetch(polled.result.sample)).arrayBuffer());
}

const png = (width: number, height: number): string =>
  render({ kind: 'picture', format: 'png', width, height, text: 'x' }).toString('base64');

describe('the models of the BFL stand-in', () => {
  it.each<[string, object, string, number, number]>([
    ['flux-2-max', {}, 'jpg', 1024, 1024],
    ['flux-2-flex', { width: 640, height: 320, steps: 20 }, 'jpg', 640, 320],
    ['flux-2-klein-9b', { aspect_ratio: '16:9' }, 'jpg', 1024, 1024],
    ['flux-2-klein-4b', { output_format: 'webp' }, 'webp', 1024, 1024],
    ['flux-kontext-pro', { aspect_ratio: '1:2' }, 'png', 720, 1440],
    ['flux-kontext-max', { input_image: png(160, 80) }, 'png', 1440, 720],
    ['flux-pro-1.1', {}, 'jpg', 1024, 768],
    ['flux-dev', { width: 256, height: 1440, guidance: 2.5 }, 'jpg', 256, 1440],
    ['flux-pro-1.1-ultra', { raw: true }, 'jpg', 2720, 1536],
    ['flux-pro-1.0-fill', { image: png(96, 64), mask: png(96, 64) }, 'jpg', 96, 64],
    ['flux-pro-1.0-expand', { image: png(96, 64), left: 32, bottom: 64 }, 'jpg', 128, 128],
  ])('%s makes of %o a %s of %ix%i', async (model, fields, type, width, height) => {
    const sandbox = await startSandbox();

    const bytes = await make(sandbox, model, { prompt: 'a cat', ...fields });

    expect(imageSize(bytes)).toMatchObject({ type, width, height });
    expect(await sandbox.submits()).toMatchObject([{ provider: 'bfl', model, prompt: 'a cat' }]);
  });

  it.each<[string, object, string, string, string]>([
    ['flux-pro-1.1', { width: 1000 }, 'width', 'multiple_of', 'Input should be a multiple of 32'],
    [
      'flux-pro-1.1',
      { width: 1472 },
      'width',
      'less_than_equal',
      'Input should be less than or equal to 1440',
    ],
    ['flux-dev', { steps: 2.5 }, 'steps', 'int_type', 'Input should be a valid integer'],
    [
      'flux-dev',
      { guidance: 1 },
      'guidance',
      'greater_than_equal',
      'Input should be greater than or equal to 1.5',
    ],
    ['flux-2-pro', { prompt: undefined }, 'prompt', 'missing', 'Field required'],
    ['flux-2-pro', { prompt: 7 }, 'prompt', 'string_type', 'Input should be a valid string'],
    [
      'flux-2-pro',
      { output_format: 'gif' },
      'output_format',
      'enum',
      "Input should be 'jpeg', 'png' or 'webp'",
    ],
    [
      'flux-kontext-pro',
      { aspect_ratio: '22:9' },
      'aspect_ratio',
      'value_error',
      'Value error, the aspect ratio must be between 21:9 and 9:21',
    ],
    [
      'flux-pro-1.1-ultra',
      { aspect_ratio: 'wide' },
      'aspect_ratio',
      'value_error',
      'Value error, the aspect ratio must be between 21:9 and 9:21',
    ],
    ['flux-pro-1.1-ultra', { raw: 'yes' }, 'raw', 'bool_type', 'Input should be a valid boolean'],
    ['flux-pro-1.0-fill', {}, 'image', 'missing', 'Field required'],
    [
      'flux-pro-1.0-fill',
      { image: png(96, 64), mask: png(64, 64) },
      'mask',
      'value_error',
      'Value error, the dimensions of the mask must match the image',
    ],
    [
      'flux-pro-1.0-expand',
      { image: png(96, 64), top: 2049 },
      'top',
      'less_than_equal',
      'Input should be less than or equal to 2048',
    ],
  ])('%s refuses %o in words of its own', async (model, fields, field, type, msg) => {
    const sandbox = await startSandbox();

    const response = await send(sandbox, model, { prompt: 'a cat', ...fields });

    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ detail: [{ loc: ['body', field], msg, type }] });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('shows the other word for what is moderated when pictures were given', async () => {
    const sandbox = await startSandbox();
    const body = { prompt: 'x [[fault:moderated]]', input_image: png(64, 64) };
    const { polling_url: url } = (await (await send(sandbox, 'flux-2-pro', body)).json()) as {
      polling_url: string;
    };

    expect(await (await fetch(url)).json()).toMatchObject({
      status: 'Content Moderated',
      details: expect.any(String),
      result: null,
    });
  });

  it('charges what goes in', async () => {
    const sandbox = await startSandbox();
    const body = { prompt: 'x', input_image: png(1024, 1024), input_image_2: 'https://a.example/' };

    expect(await (await send(sandbox, 'flux-2-pro', body)).json()).toMatchObject({
      cost: 6,
      input_mp: 2.1,
      output_mp: 1.05,
    });
  });
});

const balance = async (sandbox: TestSandbox, headers: Record<string, string> = KEY) => {
  const response = await fetch(`${sandbox.url}/bfl/v1/credits`, { headers });
  return { status: response.status, body: await response.json() };
};

describe('the credits of the BFL stand-in', () => {
  it('go down by what a job costs', async () => {
    const sandbox = await startSandbox();

    await send(sandbox, 'flux-2-klein-4b', { prompt: 'x' });

    expect(await balance(sandbox)).toEqual({ status: 200, body: { credits: 999_998.6 } });
    expect(await balance(sandbox, { 'x-key': 'other' })).toMatchObject({
      body: { credits: 1_000_000 },
    });
    expect(await balance(sandbox, {})).toEqual({
      status: 403,
      body: { detail: 'Not authenticated' },
    });
  });

  it('are refused with a 402 when they are used up, and nothing is counted', async () => {
    const sandbox = await startSandbox({ bflCredits: 5 });
    const submit = async (): Promise<number> =>
      (await send(sandbox, 'flux-2-pro', { prompt: 'x' })).status;

    expect([await submit(), await submit()]).toEqual([200, 402]);
    expect(await balance(sandbox)).toMatchObject({ body: { credits: 2 } });
    expect(await sandbox.submits()).toHaveLength(1);
  });
});
