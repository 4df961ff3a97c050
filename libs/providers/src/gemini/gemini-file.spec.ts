import { axiosThroughDoor, GuardedDoor, PUBLIC_ONLY } from '@app/outbound';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { fetchFilm, MAX_FILM_BYTES } from './gemini-file.js';

const ACTIVE = { body: { state: 'ACTIVE' } };
const FILM = { state: 'here', output: { from: 'bytes', bytes: Buffer.from('film') } };

const keys = (server: ReplayServer) =>
  server.requests.map(({ headers }) => headers['x-goog-api-key']);

describe('the file of a film', () => {
  let vendor: ReplayServer;
  let storage: ReplayServer;
  const door = new GuardedDoor({ tenants: PUBLIC_ONLY });
  beforeAll(async () => {
    [vendor, storage] = await Promise.all([ReplayServer.start(), ReplayServer.start()]);
  });
  beforeEach(() => {
    vendor.reset();
    storage.reset();
  });
  afterAll(async () => {
    await Promise.all([vendor.close(), storage.close(), door.close()]);
  });
  const fetchFrom = async (uri: string) => await fetchFilm({ uri }, vendor.context());
  const file = () => `${vendor.origin}/v1beta/files/abc:download?alt=media`;

  it('is fetched with the key, which a redirect to the storage never sees', async () => {
    vendor.answer(ACTIVE, { status: 302, headers: { location: `${storage.origin}/x` }, body: '' });
    storage.answer({ body: 'film' });

    expect(await fetchFrom(file())).toEqual(FILM);
    expect(keys(vendor)).toEqual([TEST_KEY, TEST_KEY]);
    expect(keys(storage)).toEqual([undefined]);
    expect(JSON.stringify(storage.requests)).not.toContain(TEST_KEY);
  });

  it('is fetched without the key from a host that is not the configured one', async () => {
    storage.answer({ body: 'film' });

    expect(await fetchFrom(`${storage.origin}/v1beta/files/abc:download?alt=media`)).toEqual(FILM);
    expect(keys(storage)).toEqual([undefined]);
    expect(vendor.requests).toEqual([]);
  });

  it('is lost at another host that wants a key for it', async () => {
    storage.answer({ status: 403, body: {} });

    expect(await fetchFrom(`${storage.origin}/film`)).toMatchObject({
      state: 'lost',
      reason: expect.stringContaining('HTTP 403'),
    });
  });

  it('is downloaded where the vendor names the file and not its content', async () => {
    vendor.answer(ACTIVE, { body: 'film' });

    expect(await fetchFrom(`${vendor.origin}/v1beta/files/abc`)).toEqual(FILM);
    expect(vendor.requests.map(({ path }) => path)).toEqual([
      '/v1beta/files/abc',
      '/v1beta/files/abc:download?alt=media',
    ]);
  });

  it('is downloaded where the host does not tell the state of files', async () => {
    vendor.answer({ status: 404, body: {} }, { body: 'film' });

    expect(await fetchFrom(file())).toEqual(FILM);
  });

  it.each(['not an address', 'file:///etc/passwd', 'ftp://example.com/film'])(
    'is lost at %s',
    async (uri) => {
      expect(await fetchFrom(uri)).toMatchObject({ state: 'lost' });
      expect(vendor.requests).toEqual([]);
    },
  );

  it('is lost where it only redirects', async () => {
    vendor.answer(ACTIVE);
    for (let hop = 0; hop < 4; hop += 1) {
      vendor.answer({ status: 302, headers: { location: '/again' }, body: '' });
    }

    expect(await fetchFrom(file())).toMatchObject({ state: 'lost' });
    expect(keys(vendor)).toEqual([TEST_KEY, TEST_KEY, undefined, undefined, undefined]);
  });

  it.each([
    ['nowhere', {}],
    ['a file of the system', { location: 'file:///etc/passwd' }],
  ])('may be asked for again where it redirects to %s', async (_, headers) => {
    vendor.answer(ACTIVE, { status: 302, headers, body: '' });

    expect(await providerErrorOf(fetchFrom(file()))).toMatchObject({ retryable: true });
  });

  it('says when the vendor has it no longer', async () => {
    vendor.answer(ACTIVE, { status: 404, body: { error: { status: 'NOT_FOUND' } } });

    expect(await providerErrorOf(fetchFrom(file()))).toMatchObject({
      status: 404,
      providerCode: 'NOT_FOUND',
    });
  });

  it('is not taken by the door from a private host that the vendor names', async () => {
    const http = axiosThroughDoor(door, {
      addressClass: { kind: 'vendor-answer', trustedBaseUrl: vendor.origin },
      timeouts: { connectMs: 1000, headersMs: 1000, idleMs: 1000, totalMs: 5000 },
    });
    const elsewhere = storage.origin.replace('127.0.0.1', '127.0.0.2');
    vendor.answer(ACTIVE, { status: 302, headers: { location: `${elsewhere}/x` }, body: '' });

    const error = await providerErrorOf(fetchFilm({ uri: file() }, vendor.context({ http })));

    expect(error).toMatchObject({ cause: { kind: 'refused-address' } });
    expect(storage.requests).toEqual([]);
  });

  it('is lost where it is longer than the gateway takes', async () => {
    const asked: unknown[] = [];
    const http = axiosThroughDoor(door, {
      addressClass: { kind: 'vendor-answer', trustedBaseUrl: vendor.origin },
      timeouts: { connectMs: 1000, headersMs: 1000, idleMs: 1000, totalMs: 5000 },
    });
    http.interceptors.request.use((config) => {
      asked.push(config.door?.maxBytes);
      return config.door?.maxBytes === undefined ? config : { ...config, door: { maxBytes: 3 } };
    });
    vendor.answer(ACTIVE, { body: 'film' });

    expect(await fetchFilm({ uri: file() }, vendor.context({ http }))).toMatchObject({
      state: 'lost',
    });
    expect(asked).toEqual([undefined, MAX_FILM_BYTES]);
  });
});
