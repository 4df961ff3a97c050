import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { GuardedDoor, PUBLIC_ONLY } from '@app/outbound';
import { afterAll, describe, expect, it } from 'vitest';
import { Archivist, type FetchOutput, type StoredOutput } from './archive.js';
import { LocalOutputStore } from './local-output-store.js';
import { fileServer, type FileServer } from './testing/file-server.js';
import { fixture } from './testing/fixture.js';
import { temporaryFolder, type TemporaryFolder } from './testing/temporary-folder.js';

const door = new GuardedDoor({ tenants: PUBLIC_ONLY });
afterAll(async () => await door.close());

const timeouts = { connectMs: 5000, headersMs: 5000, idleMs: 5000, totalMs: 5000 };

interface Archive extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly server: FileServer;
  readonly archivist: Archivist;
  readonly fetch: (request?: Partial<FetchOutput>) => Promise<StoredOutput>;
}

async function archive(
  answer: RequestListener,
  options: Partial<ConstructorParameters<typeof Archivist>[2]> = {},
): Promise<Archive> {
  const folder = await temporaryFolder();
  const server = await fileServer(answer);
  const store = new LocalOutputStore(folder.path);
  const archivist = new Archivist(door, store, { maxOutputBytes: 100_000, timeouts, ...options });
  const request = { trustedBaseUrl: server.url, key: 'outputs/tk-1/0', expect: 'image' } as const;
  return {
    folder,
    server,
    archivist,
    fetch: async (change) =>
      await archivist.fetchOutput({ ...request, url: `${server.url}/file`, ...change }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const png = fixture('picture.png');
const serve =
  (body: Buffer | string, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/octet-stream' }).end(body);

describe('Archivist.fetchOutput', () => {
  it.each([
    ['picture.png', 'image', 'image/png'],
    ['movie.mp4', 'video', 'video/mp4'],
  ] as const)('keeps %s and tells all about it', async (name, kind, mime) => {
    const bytes = fixture(name);
    await using vendor = await archive(serve(bytes));

    const stored = await vendor.fetch({ expect: kind });

    expect(stored).toEqual({
      key: 'outputs/tk-1/0',
      type: kind,
      mime,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      width: 64,
      height: 48,
    });
    expect(await vendor.folder.files()).toHaveLength(1);
  });

  it.each([
    ['gone', false, serve('expired', 403)],
    ['gone', false, serve('', 404)],
    ['gone', false, serve('', 410)],
    ['http-status', true, serve('', 503)],
    ['http-status', true, serve('', 429)],
    ['http-status', false, serve('', 400)],
    ['http-status', false, serve(png, 206)],
    ['empty', true, serve('')],
    ['wrong-type', true, serve('<html>Sorry, this page is gone</html>')],
    ['wrong-type', true, serve('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['wrong-type', true, serve(fixture('movie.mp4'))],
    ['truncated', true, serve(png.subarray(0, -20))],
    ['too-large', false, serve(Buffer.concat([png, Buffer.alloc(100_000)]))],
  ] as const)(
    'fails with %s (retryable: %s) and keeps nothing',
    async (reason, retryable, answer) => {
      await using vendor = await archive(answer);

      await expect(vendor.fetch()).rejects.toMatchObject({
        name: 'ArchiveError',
        reason,
        retryable,
      });

      expect(await vendor.folder.files()).toEqual([]);
    },
  );

  it('finds a picture cut off when fewer bytes come than were announced', async () => {
    await using vendor = await archive((_request, response) => {
      response.writeHead(200, { 'content-length': png.length });
      response.write(png.subarray(0, -20), () => response.destroy());
    });

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'truncated', retryable: true });
    expect(await vendor.folder.files()).toEqual([]);
  });

  it('stops at the limit when no length was announced', async () => {
    await using vendor = await archive((_request, response) => {
      response.write(png);
      response.end(Buffer.alloc(100_000));
    });

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'too-large', retryable: false });
    expect(await vendor.folder.files()).toEqual([]);
  });

  it('gives up a download that falls silent', async () => {
    await using vendor = await archive(
      (_request, response) => void response.write(png.subarray(0, 20)),
      {
        timeouts: { ...timeouts, idleMs: 50 },
      },
    );

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'stalled', retryable: true });
    expect(await vendor.folder.files()).toEqual([]);
  });

  it('gives up a link that never answers', async () => {
    await using vendor = await archive(() => undefined, {
      timeouts: { ...timeouts, headersMs: 50 },
    });

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'unreachable', retryable: true });
  });

  it('refuses an address inside our network, for good', async () => {
    await using vendor = await archive(serve(png));

    const failure = vendor.fetch({ trustedBaseUrl: 'https://api.vendor.example' });

    await expect(failure).rejects.toMatchObject({ reason: 'unreachable', retryable: false });
    expect(vendor.server.requests).toEqual([]);
  });

  it('tells a store that fails from a vendor that fails', async () => {
    await using vendor = await archive(serve(png));

    await expect(vendor.fetch({ key: '../escape' })).rejects.toMatchObject({
      reason: 'store',
      retryable: true,
    });
  });

  it('leaves our own abort as it is', async () => {
    const controller = new AbortController();
    await using vendor = await archive(() => controller.abort());

    await expect(vendor.fetch({ signal: controller.signal })).rejects.toMatchObject({
      name: 'OutboundError',
      kind: 'aborted',
    });
    expect(await vendor.folder.files()).toEqual([]);
  });

  it('asks for the bytes as they are', async () => {
    await using vendor = await archive((request, response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(request.headers['accept-encoding']),
    );

    await expect(vendor.fetch()).rejects.toMatchObject({
      reason: 'wrong-type',
      message: 'The output came encoded (gzip), unasked.',
    });
  });
});

describe('Archivist.fetchOutput, on redirects and credentials', () => {
  it('follows a vendor’s redirects, a few', async () => {
    const next: Readonly<Record<string, string>> = {
      '/file': '/1',
      '/1': '2',
      '/2': '/3?last',
    };
    await using vendor = await archive((request, response) => {
      const location = next[request.url ?? ''];
      if (location === undefined) return response.end(png);
      return response.writeHead(302, { location }).end();
    });

    expect(await vendor.fetch()).toMatchObject({ mime: 'image/png' });
    expect(vendor.server.requests).toEqual(['/file', '/1', '/2', '/3?last']);
  });

  it('does not follow for ever', async () => {
    await using vendor = await archive((_request, response) =>
      response.writeHead(302, { location: '/file' }).end(),
    );

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'http-status', retryable: false });
    expect(vendor.server.requests).toHaveLength(4);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/',
    'file:///etc/passwd',
    '//10.0.0.1/',
  ])('does not follow to %s', async (location) => {
    await using vendor = await archive((_request, response) =>
      response.writeHead(302, { location }).end(),
    );

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'unreachable', retryable: false });
  });

  it('does not follow a redirect to nowhere', async () => {
    await using vendor = await archive((_request, response) => response.writeHead(302).end());

    await expect(vendor.fetch()).rejects.toMatchObject({ reason: 'http-status', retryable: false });
  });

  it('sends credentials to the vendor’s own host alone', async () => {
    const seen: unknown[] = [];
    await using vendor = await archive((request, response) => {
      seen.push(request.headers['x-key']);
      response.end(png);
    });
    const headers = { 'x-key': 'secret' };

    await vendor.fetch({ headers });
    await vendor.fetch({ headers, trustedBaseUrl: vendor.server.url.replace('http:', 'https:') });

    expect(seen).toEqual(['secret', undefined]);
  });
});

describe('Archivist.keepBytes', () => {
  it('keeps what came inside an answer, by the same rules', async () => {
    await using vendor = await archive(serve(''));
    const keep = async (bytes: Buffer): Promise<StoredOutput> =>
      await vendor.archivist.keepBytes({ bytes, key: 'inline/a', expect: 'image' });

    expect(await keep(png)).toMatchObject({
      key: 'inline/a',
      mime: 'image/png',
      width: 64,
      height: 48,
    });
    await expect(keep(Buffer.from('<html></html>'))).rejects.toMatchObject({
      reason: 'wrong-type',
    });
    await expect(keep(png.subarray(0, -1))).rejects.toMatchObject({ reason: 'truncated' });
    await expect(keep(Buffer.alloc(0))).rejects.toMatchObject({ reason: 'empty' });
    await expect(keep(Buffer.alloc(100_001))).rejects.toMatchObject({ reason: 'too-large' });
    expect(await vendor.folder.files()).toHaveLength(1);
  });
});
