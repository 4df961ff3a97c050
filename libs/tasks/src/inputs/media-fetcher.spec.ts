import type { RequestListener } from 'node:http';
import { GuardedDoor, PUBLIC_ONLY, tenantPolicy } from '@app/outbound';
import { InputLinks, LocalOutputStore } from '@app/outputs';
import { fileServer, fixture, temporaryFolder } from '@app/outputs/testing';
import type { MediaSlot } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { InMemoryInputStore } from '../testing/in-memory-input.store.js';
import { makeTask } from '../testing/make-task.js';
import { inputUrl } from './input-url.js';
import { InputKeeper } from './keep-input.js';
import { MediaFetcher } from './media-fetcher.js';

const PNG = fixture('picture.png');
const DATA_URL = `data:image/png;base64,${PNG.toString('base64')}`;
const MAX_BYTES = 1_000_000;

const sendPng: RequestListener = (_request, response) => void response.end(PNG);

/** A fetcher whose tenants may reach loopback, an upload by tenant `tn_1`, and a file host. */
async function workbench(
  answer: RequestListener = sendPng,
  policy = LOOPBACK,
  { budgetMs = 60_000, vendor = 'http://127.0.0.1:8100', publicUrl = PUBLIC_URL } = {},
) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await fileServer(answer));
  const folder = stack.use(await temporaryFolder());
  const door = stack.adopt(
    new GuardedDoor({ tenants: policy, resolve: async () => ['127.0.0.1'] }),
    async (one) => await one.close(),
  );
  const inputs = new InMemoryInputStore();
  const objects = new LocalOutputStore(folder.path);
  const fetcher = new MediaFetcher({
    door,
    inputs,
    objects,
    links: new InputLinks(publicUrl, [Buffer.alloc(32, 1)]),
    vendors: { baseUrlOf: () => vendor },
    pausesMs: [0, 0],
    budgetMs,
  });
  const upload = await new InputKeeper(objects, inputs).keep({
    tenantId: 'tn_1',
    source: PNG,
    expect: 'image',
    maxBytes: MAX_BYTES,
  });
  const bring = async (slot: Partial<MediaSlot>, tenantId = 'tn_1') =>
    await fetcher.fill(
      taskWith({ source: `${server.url}/cat.png?token=secret`, ...slot }, tenantId),
      NEVER,
    );
  return {
    server,
    upload,
    bring,
    fetcher,
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}

const PUBLIC_URL = 'https://gateway.example.com';

const LOOPBACK = tenantPolicy({
  allowedNetworks: '127.0.0.0/8',
  ownPorts: [],
  publicUrl: 'http://gateway.example',
});
const NEVER = new AbortController().signal;

const taskWith = (slot: Partial<MediaSlot>, tenantId = 'tn_1') =>
  makeTask({
    tenantId,
    request: { content: [{ text: 'a cat' }, { image: null, type: null }] },
    media: [
      {
        at: '/content/1/image',
        field: 'input.image_urls.0',
        source: 'https://pictures.example/cat.png',
        kind: 'image',
        as: 'data-url',
        maxBytes: MAX_BYTES,
        ...slot,
      },
    ],
  });

describe('MediaFetcher', () => {
  it('gives up on a server that would hold the slot for long', async () => {
    await using bench = await workbench(
      (_request, response) => void response.write(PNG),
      LOOPBACK,
      { budgetMs: 50 },
    );

    await expect(bench.bring({})).rejects.toThrow(
      /^input\.image_urls\.0 \(.+cat\.png\): its server takes too long\.$/,
    );
  });

  it('writes a fetched picture into a copy of the request', async () => {
    await using bench = await workbench();
    const task = taskWith({ source: `${bench.server.url}/cat.png`, mimeAt: '/content/1/type' });

    const request = await bench.fetcher.fill(task, NEVER);

    expect(request).toEqual({
      content: [{ text: 'a cat' }, { image: DATA_URL, type: 'image/png' }],
    });
    expect(task.request).toEqual({ content: [{ text: 'a cat' }, { image: null, type: null }] });
  });

  it('writes bare base64 where the vendor takes it so', async () => {
    await using bench = await workbench();

    const request = await bench.bring({ as: 'base64' });

    expect(request).toMatchObject({ content: [{}, { image: PNG.toString('base64') }] });
  });

  it('reads an upload of the same tenant from the store', async () => {
    await using bench = await workbench();

    const request = await bench.bring({ source: inputUrl(bench.upload.id) });

    expect(request).toMatchObject({ content: [{}, { image: DATA_URL }] });
    expect(bench.server.requests).toEqual([]);
  });

  it('gives nobody the upload of another tenant', async () => {
    await using bench = await workbench();

    await expect(bench.bring({ source: inputUrl(bench.upload.id) }, 'tn_2')).rejects.toMatchObject({
      name: 'InputUnavailableError',
      message: `input.image_urls.0 (${inputUrl(bench.upload.id)}): it is not there, or has expired; upload it again.`,
    });
  });

  it('leaves a request without media as it is', async () => {
    await using bench = await workbench();
    const task = makeTask({ media: [] });

    expect(await bench.fetcher.fill(task, NEVER)).toBe(task.request);
  });

  it('follows a redirect, and tries trouble that passes twice more', async () => {
    const statuses = [503, 429, 302, 200];
    await using bench = await workbench((_request, response) => {
      response.writeHead(statuses.shift() ?? 500, { location: '/elsewhere' }).end(PNG);
    });

    const request = await bench.bring({});

    expect(request).toMatchObject({ content: [{}, { image: DATA_URL }] });
    expect(bench.server.requests.at(-1)).toBe('/elsewhere');
  });

  it.each([
    ['a server that goes on failing', 503, 3, /its server answered HTTP 503\.$/],
    ['an address that is not there', 404, 1, /its server answered HTTP 404\.$/],
    ['redirects without end', 302, 4, /redirects more than 3 times\.$/],
  ])('gives up after %s', async (_, status, requests, said) => {
    await using bench = await workbench((_request, response) => {
      response.writeHead(status, { location: '/again' }).end();
    });

    await expect(bench.bring({})).rejects.toThrow(said);

    expect(bench.server.requests).toHaveLength(requests);
  });

  it('tries a broken connection again', async () => {
    let breaks = 1;
    await using bench = await workbench((_request, response) => {
      if (breaks === 0) return void response.end(PNG);
      breaks -= 1;
      response.writeHead(200, { 'content-length': PNG.length });
      response.write(PNG.subarray(0, 10), () => response.destroy());
    });

    expect(await bench.bring({})).toMatchObject({ content: [{}, { image: DATA_URL }] });
  });

  it.each([
    ['a page that came instead', Buffer.from('<html>sorry</html>'), /picture is needed/],
    ['a video where a picture goes', fixture('movie.mp4'), /picture is needed; it is video\/mp4/],
    ['nothing at all', Buffer.alloc(0), /it is empty/],
    ['more than the model takes', Buffer.alloc(MAX_BYTES + 1), /more than 1000000 bytes/],
  ])('refuses %s, once, naming the field and no query', async (_, body, said) => {
    await using bench = await workbench((_request, response) => void response.end(body));

    const failure = await bench.bring({}).catch((error: unknown) => error);

    expect(failure).toMatchObject({
      name: 'InputUnavailableError',
      message: expect.stringMatching(said),
    });
    expect(String(failure)).toContain('input.image_urls.0 (http://127.0.0.1');
    expect(String(failure)).not.toContain('secret');
    expect(bench.server.requests).toHaveLength(1);
  });

  it('stops an endless body at the limit', async () => {
    await using bench = await workbench((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
        response.once('drain', pour);
      };
      pour();
    });

    await expect(bench.bring({})).rejects.toThrow('more than 1000000 bytes');
  });

  it('does not reach where tenants may not', async () => {
    await using bench = await workbench(sendPng, PUBLIC_ONLY);

    await expect(bench.bring({})).rejects.toThrow('its address is not one that may be fetched');
    expect(bench.server.requests).toEqual([]);
  });

  it('lets the abort of the worker through as it is', async () => {
    await using bench = await workbench();
    const task = taskWith({ source: bench.server.url });

    await expect(bench.fetcher.fill(task, AbortSignal.abort())).rejects.toMatchObject({
      kind: 'aborted',
    });
  });
});

const VENDOR = 'https://api.vendor.example.com/v1';

describe('MediaFetcher, where the vendor fetches by itself', () => {
  it('passes the caller’s URL on as it is, once the media behind it is judged', async () => {
    await using bench = await workbench();

    const request = await bench.bring({ as: 'url', mimeAt: '/content/1/type' });

    const image = `${bench.server.url}/cat.png?token=secret`;
    expect(request).toMatchObject({ content: [{}, { image, type: 'image/png' }] });
    expect(bench.server.requests).toEqual(['/cat.png?token=secret']);
  });

  it('gives a signed link to an upload', async () => {
    await using bench = await workbench(sendPng, LOOPBACK, { vendor: VENDOR });

    const request = await bench.bring({ as: 'url', source: inputUrl(bench.upload.id) });

    const image = expect.stringMatching(
      new RegExp(`^https://gateway.example.com/inputs/${bench.upload.id}\\?exp=\\d+&sig=[\\w-]+$`),
    );
    expect(request).toMatchObject({ content: [{}, { image }] });
  });

  it.each([
    ['of the vendor’s own machine', 'http://localhost:8000', 'http://127.0.0.1:8100'],
    ['of a network that both are in', 'http://10.0.0.8:8000', 'http://10.0.0.9/v1'],
  ])('gives it at a PUBLIC_URL %s', async (_, publicUrl, vendor) => {
    await using bench = await workbench(sendPng, LOOPBACK, { vendor, publicUrl });

    const request = await bench.bring({ as: 'url', source: inputUrl(bench.upload.id) });

    expect(JSON.stringify(request)).toContain(`"${publicUrl}/inputs/in-`);
  });

  it.each([
    ['of this machine, with the vendor elsewhere', 'http://localhost:8000', VENDOR],
    ['of this machine, with the vendor beside it', 'http://localhost:8000', 'http://10.0.0.9'],
    ['of a private network', 'https://gateway.internal', VENDOR],
  ])('gives none at a PUBLIC_URL %s', async (_, publicUrl, vendor) => {
    await using bench = await workbench(sendPng, LOOPBACK, { vendor, publicUrl });

    const filled = bench.bring({ as: 'url', source: inputUrl(bench.upload.id) });

    await expect(filled).rejects.toThrow('PUBLIC_URL is not on the public internet');
  });

  it.each(['http://127.0.0.1', 'http://localhost', 'http://pictures.example.com'])(
    'refuses %s, which only this gateway may reach, without a request',
    async (origin) => {
      await using bench = await workbench(sendPng, LOOPBACK, { vendor: VENDOR });
      const { port } = new URL(bench.server.url);
      const source = `${origin}:${port}/cat.png?token=secret`;

      const failure = await bench.bring({ as: 'url', source }).catch(String);

      expect(failure).toMatch(/cannot reach that address; give a URL on the public internet/);
      expect(failure).not.toContain('secret');
      expect(bench.server.requests).toEqual([]);
      expect(await bench.bring({ source })).toMatchObject({ content: [{}, { image: DATA_URL }] });
    },
  );

  it('refuses what the vendor would refuse', async () => {
    await using bench = await workbench((_request, response) => void response.end('<html></html>'));

    await expect(bench.bring({ as: 'url' })).rejects.toThrow('picture is needed');
  });
});
