import { makeFacts } from '@app/tasks/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openApi, type OpenApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api.close());

const FACTS = makeFacts({ mime: 'image/png', bytes: 3 });
const PRESIGNED = 'https://bucket.example/outputs/tk-1/0?X-Amz-Signature=x';

/** The path of a signed link to an output that is in a store with links of its own. */
function inBucket(expireAt = new Date(Date.now() + 60_000)): string {
  vi.spyOn(api.tasks, 'findStoredOutput').mockResolvedValue(FACTS);
  const url = new URL(api.links.sign('out-1', expireAt));
  return url.pathname + url.search;
}

const get = async (path: string, options: RequestInit = {}): Promise<Response> =>
  await fetch(api.url + path, { redirect: 'manual', ...options });

describe('an output in a bucket', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is a redirect to a fresh link of the bucket that nobody may keep', async () => {
    const link = vi.spyOn(api.outputs, 'link').mockResolvedValue(PRESIGNED);

    const response = await get(inBucket(), { headers: { range: 'bytes=0-1' } });

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(PRESIGNED);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(link).toHaveBeenCalledWith(FACTS.key, {
      mime: 'image/png',
      filename: 'out-1.png',
      seconds: 900,
    });
  });

  it('answers HEAD, and an ETag that is known, by itself', async () => {
    vi.spyOn(api.outputs, 'link').mockResolvedValue(PRESIGNED);
    const path = inBucket();

    const head = await get(path, { method: 'HEAD' });
    const known = await get(path, { headers: { 'if-none-match': `"${FACTS.sha256}"` } });

    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('3');
    expect(head.headers.get('content-type')).toBe('image/png');
    expect(known.status).toBe(304);
  });

  it('is not found by a link that has expired or was changed', async () => {
    const link = vi.spyOn(api.outputs, 'link').mockResolvedValue(PRESIGNED);

    expect((await get(inBucket(new Date(Date.now() - 5_000)))).status).toBe(404);
    expect((await get(inBucket().replace('out-1', 'out-2'))).status).toBe(404);
    expect(link).not.toHaveBeenCalled();
  });
});
