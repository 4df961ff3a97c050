import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { type Stack, startStack } from '../support/stack.js';

type Output = NonNullable<TaskDetail['output']>[number];

let stack: Stack;
let output: Output;
let whole: Buffer;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  output = await make('qwen-image-2-0');
  whole = await bytesOf(await fetch(output.url));
});
afterAll(async () => await stack?.stop());

/** By the link alone: no request here carries a key. */
const get = async (headers: Record<string, string> = {}, method = 'GET') =>
  await fetch(output.url, { method, headers });

describe('an output’s link', () => {
  it('needs no key and answers the whole, safe to look at', async () => {
    const response = await get();

    expect(output.url.startsWith(`${stack.url}/outputs/`)).toBe(true);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(output.bytes),
      'accept-ranges': 'bytes',
      etag: `"${output.sha256}"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-taskgate-request-id': expect.stringMatching(/^req_/),
    });
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await bytesOf(response)).toEqual(whole);
  });

  it('tells size and type to HEAD, without the bytes', async () => {
    const response = await get({}, 'HEAD');

    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(output.bytes));
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(await bytesOf(response)).toHaveLength(0);
  });

  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=10-19', 10, 19],
    ['bytes=0-0', 0, 0],
    ['bytes=5-', 5, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=0-999999999', 0, undefined],
  ])('answers %s with just that part', async (range, first, last) => {
    const response = await get({ range });
    const start = first < 0 ? whole.length + first : first;
    const end = last ?? whole.length - 1;

    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${whole.length}`);
    expect(response.headers.get('content-length')).toBe(String(end - start + 1));
    expect(await bytesOf(response)).toEqual(whole.subarray(start, end + 1));
  });

  it('put together from its parts is the whole', async () => {
    const middle = Math.floor(whole.length / 2);
    const parts = await Promise.all([
      bytesOf(await get({ range: `bytes=0-${middle - 1}` })),
      bytesOf(await get({ range: `bytes=${middle}-` })),
    ]);

    expect(Buffer.concat(parts)).toEqual(whole);
  });

  it.each(['bytes=999999999-', 'bytes=-0'])('cannot satisfy %s', async (range) => {
    const response = await get({ range });

    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${output.bytes}`);
    expect(await bytesOf(response)).toHaveLength(0);
  });

  it.each(['bytes=0-1,4-5', 'lines=0-9', 'bytes=9-5', 'bytes=x'])(
    'answers %s, which it does not take, with the whole',
    async (range) => {
      const response = await get({ range });

      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toHaveLength(whole.length);
    },
  );

  it('is not sent again to whoever has it', async () => {
    const { etag = '' } = Object.fromEntries((await get()).headers);
    const known = await get({ 'if-none-match': etag });
    const other = await get({ 'if-none-match': '"other"' });

    expect(known.status).toBe(304);
    expect(known.headers.get('etag')).toBe(etag);
    expect(await bytesOf(known)).toHaveLength(0);
    expect(other.status).toBe(200);
  });

  it.each([
    ['another signature', (url: URL) => url.searchParams.set('sig', 'A'.repeat(43))],
    ['a signature one character longer', (url: URL) => append(url, 'sig', 'A')],
    ['no signature', (url: URL) => url.searchParams.delete('sig')],
    ['a later end', (url: URL) => append(url, 'exp', '0')],
    ['no end', (url: URL) => url.searchParams.delete('exp')],
    ['two ends', (url: URL) => url.searchParams.append('exp', '9999999999')],
    ['another output', (url: URL) => (url.pathname = `/outputs/out-${'0'.repeat(26)}`)],
    ['a path of the disk', (url: URL) => (url.pathname = '/outputs/..%2F..%2Fetc%2Fpasswd')],
  ])('with %s opens nothing, whatever the method', async (_, change) => {
    const url = new URL(output.url);
    change(url);
    const { status, headers, ...response } = await fetch(url).then(async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      body: await answer.json(),
    }));
    const head = await fetch(url, { method: 'HEAD' });

    expect(refused({ status, headers, body: response.body })).toEqual(
      refusal({ status: 404, code: 'NOT_FOUND' }),
    );
    expect(head.status).toBe(404);
  });

  it('opens no other output', async () => {
    const other = await make('flux-2-pro');
    const mixed = new URL(other.url);
    mixed.search = new URL(output.url).search;

    expect((await fetch(other.url)).status).toBe(200);
    expect((await fetch(mixed)).status).toBe(404);
  });

  it('of a film plays from anywhere', async () => {
    const film = await make('happyhorse-1-0');
    const response = await fetch(film.url, { headers: { range: 'bytes=4-7' } });

    expect(film).toMatchObject({ type: 'video', mime: 'video/mp4', width: 320, height: 180 });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-type')).toBe('video/mp4');
    expect(await response.text()).toBe('ftyp');
  });
});

describe('an output whose time is over', () => {
  it('is gone', async () => {
    await Promise.all(stack.workers.map(async (worker) => await worker.stop()));
    await stack.startWorker({ OUTPUT_TTL_SECONDS: '1' });
    const brief = await make('flux-2-pro');

    await expect.poll(async () => (await fetch(brief.url)).status, { interval: 100 }).toBe(404);
  });
});

async function make(model: string): Promise<Output> {
  const client = new GatewayClient(stack.url, stack.keys[0]);
  const input = { prompt: `an output of ${model}`, aspect_ratio: '16:9' };
  const { output: made } = await client.untilTerminal(await client.createTask({ model, input }));
  if (made?.[0]) return made[0];
  throw new Error(`${model} made no output`);
}

function append(url: URL, name: string, text: string): void {
  url.searchParams.set(name, (url.searchParams.get(name) ?? '') + text);
}

const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());
