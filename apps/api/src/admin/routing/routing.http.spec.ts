import { InMemoryRoutingStore } from '@app/proxy/testing';
import { Keyring } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../../testing/open-api.js';
import { openRouting } from '../../testing/open-routing.js';

const SECRET = 'sk-of-the-second';
const SECOND = { name: 'second', baseUrl: 'https://second.example/v1', secret: SECRET };

const store = new InMemoryRoutingStore();
const routing = openRouting({ routingStore: store });
let api: OpenApi;
beforeAll(async () => {
  api = await openApi(routing);
});
beforeEach(async () => {
  const { upstreams, routes } = await store.list();
  for (const { name } of upstreams) await store.removeUpstream(name);
  for (const { model } of routes) await store.removeRoute(model);
  await routing.routingWatch.runOnce();
});
afterAll(async () => {
  await api?.close();
  await routing.liveUpstreams.close();
});

const admin = async (path: string, options: Parameters<OpenApi['ask']>[1] = {}) =>
  await api.ask(path, { key: ADMIN_TOKEN, ...options });

const post = async (json: object) => await admin('/admin/upstreams', { json });
const put = async (model: string, json: object) =>
  await admin(`/admin/routes/${encodeURIComponent(model)}`, { json, method: 'PUT' });

async function refusal(response: Response) {
  const { error } = (await response.json()) as {
    error: { message: string; param: string | null };
  };
  return { status: response.status, param: error.param, message: error.message };
}

/** What the process would ask an upstream with. */
const keyOf = (name: string) => {
  const lease = routing.routing.upstreams.get(name)?.accounts.take();
  lease?.release();
  return lease?.key;
};

describe('POST /admin/upstreams', () => {
  it('adds an upstream, in use at once, whose secret is not in the answer', async () => {
    const response = await post({ ...SECOND, weight: 0.5 });
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      data: {
        ...{ name: 'second', source: 'stored', baseUrl: SECOND.baseUrl, weight: 0.5 },
        ...{ injectUsage: true, hasSecret: true, trouble: null, breakers: [] },
        accounts: [{ id: expect.stringMatching(/^second:[0-9a-f]{8}$/), requestsInFlight: 0 }],
        createdAt: expect.any(Number),
      },
    });
    expect(text).not.toContain(SECRET);
    expect(keyOf('second')).toBe(SECRET);
  });

  it('keeps the secret out of the store', async () => {
    await post(SECOND);

    const [stored] = (await store.list()).upstreams;
    expect(Buffer.from(stored?.sealed?.box ?? []).toString('latin1')).not.toContain(SECRET);
  });

  it('replaces the one of its name, whose secret stays where none is said', async () => {
    await post({ ...SECOND, weight: 7, injectUsage: false });
    const { secret: _, ...rest } = SECOND;
    const response = await post({ ...rest, baseUrl: 'https://second.example/other/v1' });

    expect(await dataOf(response)).toMatchObject({ weight: 1, injectUsage: true, hasSecret: true });
    expect(keyOf('second')).toBe(SECRET);
  });

  it('drops the secret for null: calls carry none', async () => {
    await post(SECOND);
    const response = await post({ ...SECOND, secret: null });

    expect(await dataOf(response)).toMatchObject({
      hasSecret: false,
      accounts: [{ id: 'second:none' }],
    });
    expect(keyOf('second')).toBe('');
  });

  it('never sends a key that it kept to another host', async () => {
    await post(SECOND);
    const { secret: _, ...rest } = SECOND;
    for (const baseUrl of ['https://thief.example/v1', 'http://second.example/v1']) {
      const refused = await refusal(await post({ ...rest, baseUrl }));
      expect(refused).toMatchObject({ status: 400, param: 'secret' });
    }

    expect(routing.routing.upstreams.get('second')?.baseUrl).toBe(SECOND.baseUrl);
  });

  it('asks for a secret again that MASTER_KEY does not open, and says so in the list', async () => {
    const other = openRouting({
      routingStore: store,
      keyring: new Keyring(Buffer.alloc(32, 9)),
    });
    await other.upstreamChanges.put(SECOND);
    const { secret: _, ...rest } = SECOND;

    expect(await dataOf(await admin('/admin/upstreams'))).toMatchObject({
      upstreams: [{ name: 'openai' }, { trouble: expect.stringContaining('MASTER_KEY') }],
    });
    expect(routing.troubles).toEqual(['second']);
    expect(await refusal(await post(rest))).toMatchObject({ status: 400, param: 'secret' });
    expect(await dataOf(await post(SECOND))).toMatchObject({ trouble: null });
    await other.liveUpstreams.close();
  });

  it.each<[string, object, string]>([
    ['name', { ...SECOND, name: 'openai' }, 'OPENAI_BASE_URL'],
    ['baseUrl', { ...SECOND, baseUrl: `https://me:${SECRET}@a.example` }, 'no user name'],
    ['secret', { ...SECOND, secret: `${SECRET} two` }, 'comma separated'],
    ['key', { ...SECOND, key: SECRET }, 'taken are name, baseUrl, secret, weight, injectUsage'],
  ])('refuses a bad %s, saying what is taken and no secret', async (param, body, says) => {
    const refused = await refusal(await post(body));

    expect(refused).toMatchObject({ status: 400, param, message: expect.stringContaining(says) });
    expect(refused.message).not.toContain(SECRET);
    expect((await store.list()).upstreams).toEqual([]);
  });

  it('reaches another process at its next look', async () => {
    const other = openRouting({ routingStore: store });
    await post(SECOND);
    await put('gpt-5*', { targets: [{ upstream: 'second' }] });
    await other.routingWatch.runOnce();
    const names = other.routing.upstreams.all().map(({ name }) => name);
    await admin('/admin/upstreams/second', { method: 'DELETE' });
    await other.routingWatch.runOnce();

    expect(names).toEqual(['openai', 'second']);
    expect(other.routing.upstreams.get('second')).toBeNull();
    expect(other.routing.routes.map(({ model }) => model)).toEqual(['gpt-5*']);
    await other.liveUpstreams.close();
  });
});

describe('GET /admin/upstreams', () => {
  it('begins with the one of the environment', async () => {
    await post(SECOND);

    expect(await dataOf(await admin('/admin/upstreams'))).toMatchObject({
      upstreams: [
        { name: 'openai', source: 'environment', hasSecret: true, createdAt: null },
        { name: 'second', source: 'stored' },
      ],
      unreadable: [],
    });
  });

  it('shows keys that are in use or rest, and models that keep failing', async () => {
    await post(SECOND);
    const lease = routing.routing.upstreams.get('second')?.accounts.take();
    lease?.answered(429, 60_000);
    const failing = { upstream: 'second', model: 'gpt-5' };
    for (let times = 0; times < 5; times += 1) routing.targetHealth.failed(failing);

    expect(await dataOf(await admin('/admin/upstreams'))).toMatchObject({
      upstreams: [
        { name: 'openai', breakers: [] },
        {
          accounts: [{ requestsInFlight: 1, restsUntil: expect.any(Number) }],
          breakers: [{ model: 'gpt-5', state: 'open', openUntil: expect.any(Number) }],
        },
      ],
    });
  });
});

describe('DELETE /admin/upstreams/{name}', () => {
  it('removes one, and tells which routes skip it from now on', async () => {
    await post(SECOND);
    await put('gpt-5', { targets: [{ upstream: 'second' }, { upstream: 'openai' }] });
    await put('o3', { targets: [{ upstream: 'openai' }] });
    const response = await admin('/admin/upstreams/second', { method: 'DELETE' });

    expect(await dataOf(response)).toEqual({ name: 'second', removed: true, routes: ['gpt-5'] });
    expect(routing.routing.upstreams.get('second')).toBeNull();
    expect(await dataOf(await admin('/admin/routes'))).toMatchObject({
      routes: [
        { model: 'gpt-5', missingUpstreams: ['second'] },
        { model: 'o3', missingUpstreams: [] },
      ],
    });
  });

  it('leaves the one of the environment, and knows no other', async () => {
    const own = await admin('/admin/upstreams/openai', { method: 'DELETE' });
    const nobody = await admin('/admin/upstreams/nobody', { method: 'DELETE' });

    expect(await refusal(own)).toMatchObject({ status: 400, param: 'name' });
    expect(nobody.status).toBe(404);
  });
});

describe('PUT /admin/routes/{model}', () => {
  it('makes a route with every default, in force at once', async () => {
    const response = await put('gpt-5*', { targets: [{ upstream: 'openai' }] });

    expect(await dataOf(response)).toEqual({
      model: 'gpt-5*',
      targets: [{ upstream: 'openai', model: null, weight: null, order: 0 }],
      retries: 2,
      timeouts: {
        ...{ connectMs: 5_000, headersMs: 600_000, firstTokenMs: 300_000 },
        ...{ idleMs: 300_000, totalMs: 3_600_000 },
      },
      delivery: 'live',
      keepAliveMs: 15_000,
      missingUpstreams: [],
      changedAt: expect.any(Number),
    });
    expect(routing.routing.routes.map(({ model }) => model)).toEqual(['gpt-5*']);
  });

  it('takes names with slashes, stars, blanks and percent signs, encoded in the path', async () => {
    const models = ['anthropic/claude-*', 'a b%20c', '*', 'ft:gpt-4.1:me::x'];
    for (const model of models) {
      expect((await put(model, { targets: [{ upstream: 'openai' }] })).status).toBe(200);
    }

    const { routes } = (await dataOf(await admin('/admin/routes'))) as {
      routes: readonly { model: string }[];
    };
    expect(routes.map(({ model }) => model).toSorted()).toEqual(models.toSorted());
    for (const model of models) {
      const path = `/admin/routes/${encodeURIComponent(model)}`;
      expect((await admin(path, { method: 'DELETE' })).status).toBe(200);
    }
    expect(routing.routing.routes).toEqual([]);
  });

  it('replaces the route of its model whole', async () => {
    await put('gpt-5', { targets: [{ upstream: 'openai' }], retries: 0, delivery: 'complete' });
    const response = await put('gpt-5', { targets: [{ upstream: 'openai', model: 'gpt-4o' }] });

    expect(await dataOf(response)).toMatchObject({
      targets: [{ model: 'gpt-4o' }],
      retries: 2,
      delivery: 'live',
    });
    expect((await store.list()).routes).toHaveLength(1);
  });

  it('refuses an upstream that there is not, naming those that there are', async () => {
    await post(SECOND);
    const targets = [{ upstream: 'second' }, { upstream: 'third' }];

    expect(await refusal(await put('gpt-5', { targets }))).toEqual({
      status: 400,
      param: 'targets[1].upstream',
      message: 'targets[1].upstream takes one of openai, second, not "third".',
    });
    expect(routing.routing.routes).toEqual([]);
  });

  it('refuses another spelling of a model that has a route', async () => {
    const targets = [{ upstream: 'openai' }];
    await put('gpt-4.1', { targets });

    expect(await refusal(await put('GPT-4-1', { targets }))).toMatchObject({
      status: 400,
      param: 'model',
      message: expect.stringContaining('gpt-4.1'),
    });
    expect((await put('gpt-4.1', { targets })).status).toBe(200);
  });

  it.each<[string, object]>([
    ['targets', {}],
    ['targets[0].url', { targets: [{ upstream: 'openai', url: 'x' }] }],
    ['timeouts.idle', { targets: [{ upstream: 'openai' }], timeouts: { idle: 1 } }],
    ['delivery', { targets: [{ upstream: 'openai' }], delivery: 'soon' }],
  ])('refuses a bad %s by name', async (param, body) => {
    expect(await refusal(await put('gpt-5', body))).toMatchObject({ status: 400, param });
  });
});

describe('DELETE /admin/routes/{model}', () => {
  it('knows a model by its very spelling, and names the one that is alike', async () => {
    await put('gpt-4.1', { targets: [{ upstream: 'openai' }] });
    const missed = await admin('/admin/routes/gpt-4-1', { method: 'DELETE' });
    const removed = await admin('/admin/routes/gpt-4.1', { method: 'DELETE' });

    expect(await refusal(missed)).toMatchObject({
      status: 404,
      message: expect.stringContaining('gpt-4.1'),
    });
    expect(await dataOf(removed)).toEqual({ model: 'gpt-4.1', removed: true });
    expect(routing.routing.routes).toEqual([]);
  });
});

describe('what admins do to upstreams', () => {
  it('is on record without the secret', async () => {
    await post(SECOND);

    const record = JSON.stringify(api.adminActions);
    expect(record).toContain('/admin/upstreams');
    expect(record).not.toContain(SECRET);
  });
});
