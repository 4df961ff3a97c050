import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const KEY = { 'x-key': 'key' };
const flux = (prompt: string, fields: object = {}): object => ({
  prompt,
  width: 1664,
  height: 928,
  ...fields,
});

interface Submitted {
  id: string;
  polling_url: string;
  cost: number;
}
interface Polled {
  status: string;
  details: unknown;
  result: { sample: string } | null;
}

async function submit(sandbox: TestSandbox, body: object): Promise<Submitted> {
  return (await (await sandbox.post('/bfl/v1/flux-2-pro', body, KEY)).json()) as Submitted;
}
const poll = async (url: string): Promise<Polled> => (await (await fetch(url)).json()) as Polled;

describe('the BFL stand-in', () => {
  it('goes from pending over reasoning and generating to a picture', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const task = await submit(sandbox, flux('a cat', { output_format: 'png' }));

    const pending = await poll(task.polling_url);
    sandbox.pass(300);
    const reasoning = await poll(task.polling_url);
    sandbox.pass(200);
    const generating = await poll(task.polling_url);
    sandbox.pass(500);
    const ready = await poll(task.polling_url);
    const download = await fetch(ready.result?.sample ?? '');

    const statuses = [pending, reasoning, generating, ready].map(({ status }) => status);
    expect(statuses).toEqual(['Pending', 'Reasoning', 'Generating', 'Ready']);
    expect(imageSize(Buffer.from(await download.arrayBuffer()))).toEqual({
      type: 'png',
      width: 1664,
      height: 928,
    });
    expect(task).toMatchObject({ cost: 4.5, input_mp: 0, output_mp: 1.54 });
    expect(await sandbox.submits()).toMatchObject([{ provider: 'bfl', vendorId: task.id }]);
  });

  it('makes a JPEG when no format is asked for', async () => {
    const sandbox = await startSandbox();
    const { result } = await poll((await submit(sandbox, flux('a cat'))).polling_url);

    const download = await fetch(result?.sample ?? '');

    expect(download.headers.get('content-type')).toBe('image/jpeg');
  });

  it('polls only where it said', async () => {
    const sandbox = await startSandbox();
    const { id } = await submit(sandbox, flux('a cat'));

    const composed = await fetch(`${sandbox.url}/bfl/v1/get_result?id=${id}`, { headers: KEY });

    expect(composed.status).toBe(404);
    expect(await composed.json()).toEqual({ detail: 'Not Found' });
  });

  it('lets a sample die after ten minutes, takes no token on it and does not look for a key', async () => {
    const sandbox = await startSandbox();
    const { result } = await poll((await submit(sandbox, flux('a cat'))).polling_url);
    const sample = result?.sample ?? '';

    const withKey = await fetch(sample, { headers: KEY });
    const withBearer = await fetch(sample, { headers: { authorization: 'Bearer key' } });
    sandbox.pass(599_999);
    const inTime = await fetch(sample);
    sandbox.pass(1);
    const late = await fetch(sample);

    expect([withKey, withBearer, inTime, late].map(({ status }) => status)).toEqual([
      200, 403, 200, 403,
    ]);
  });

  it.each([
    ['moderated', 'Request Moderated'],
    ['fail', 'Error'],
    ['regress', 'Generating'],
    ['unknown-status', 'Reheating'],
  ])('shows %s as %s', async (fault, status) => {
    const sandbox = await startSandbox();
    const { polling_url: url } = await submit(sandbox, flux(`x [[fault:${fault}]]`));

    expect((await poll(url)).status).toBe(status);
  });

  it.each([
    ['width', { width: 100 }, 'multiple_of'],
    ['width', { width: 0 }, 'greater_than_equal'],
    ['height', { height: 48 }, 'greater_than_equal'],
    ['width', { width: 4096, height: 2048 }, 'value_error'],
    ['prompt', { prompt: undefined }, 'missing'],
    ['aspect', { aspect: '16:9' }, 'extra_forbidden'],
    ['output_format', { output_format: 'gif' }, 'enum'],
    ['webhook_url', { webhook_url: 'ftp://a.example/' }, 'url_scheme'],
    ['safety_tolerance', { safety_tolerance: 6 }, 'less_than_equal'],
    ['input_image', { input_image: 'data:image/png;base64,AAAA' }, 'value_error'],
    ['input_image_2', { input_image: 'AAAA', input_image_2: null }, 'value_error'],
    ['prompt', { prompt: '[[fault:duplicate-hook]]' }, 'value_error'],
  ])('refuses %s in %j', async (field, fields, type) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post('/bfl/v1/flux-2-pro', flux('x', fields), KEY);

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: [{ loc: ['body', field], type }] });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['/bfl/v1/flux-2-pro', {}, 403, 'Not authenticated'],
    ['/bfl/v1/flux-2-pro', { 'x-key': 'wrong' }, 422, 'Invalid API key format'],
    ['/bfl/v1/flux-9', {}, 404, 'Not Found'],
  ])('answers %s with the headers %j in one sentence', async (path, headers, status, detail) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(path, flux('x'), headers);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ detail });
  });
});
