import { fixture } from '@app/outputs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataOf, openApi, type OpenApi } from '../testing/open-api.js';

const PNG = fixture('picture.png');
const HOUR_MS = 3_600_000;

let api: OpenApi;
let inputId: string;
beforeAll(async () => {
  api = await openApi();
  const headers = { 'content-type': 'image/png' };
  const body = new Uint8Array(PNG);
  const uploaded = await api.ask('/v1/inputs', { method: 'POST', body, headers });
  inputId = ((await dataOf(uploaded)) as { id: string }).id;
});
afterAll(async () => await api.close());
afterEach(() => vi.restoreAllMocks());

/** The path of the link that a vendor is given. */
function linked(expireAt = new Date(Date.now() + HOUR_MS), id = inputId): string {
  const { pathname, search } = new URL(api.inputLinks.sign(id, expireAt));
  return pathname + search;
}

const get = async (path: string, options: RequestInit = {}): Promise<Response> =>
  await fetch(api.url + path, { redirect: 'manual', ...options });

describe('the link to a kept input', () => {
  it('gives its bytes without a key, as a file that never runs as a page', async () => {
    const response = await get(linked());

    expect(Buffer.from(await response.arrayBuffer())).toEqual(PNG);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
  });

  it('answers Range and HEAD', async () => {
    const part = await get(linked(), { headers: { range: 'bytes=1-3' } });
    const head = await get(linked(), { method: 'HEAD' });

    expect([part.status, await part.text()]).toEqual([206, 'PNG']);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(PNG.length)]);
  });

  it('leads to the bucket where inputs are in one', async () => {
    vi.spyOn(api.outputs, 'link').mockResolvedValue('https://bucket.example/inputs/x?sig');

    const response = await get(linked());

    expect([response.status, response.headers.get('location')]).toEqual([
      302,
      'https://bucket.example/inputs/x?sig',
    ]);
  });

  it.each([
    ['has expired', () => linked(new Date(Date.now() - 5_000))],
    ['names another input', () => linked().replace(/in-\w{26}/, `in-${'0'.repeat(26)}`)],
    ['was changed', () => linked().replace(/exp=\d/, 'exp=9')],
    ['has no signature', () => `/inputs/${inputId}`],
    ['is signed for nothing that is kept', () => linked(undefined, `in-${'0'.repeat(26)}`)],
  ])('is not found when it %s', async (_, path) => {
    const response = await get(path());

    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain(inputId);
  });

  it('is not found once the input has expired', async () => {
    const kept = await api.inputs.findLinked(inputId, new Date());
    if (!kept) throw new Error('the upload is gone');
    api.inputs.inputs.set(inputId, { ...kept, expireAt: new Date() });

    expect((await get(linked())).status).toBe(404);
    expect((await get(linked(), { method: 'HEAD' })).status).toBe(404);
  });
});
