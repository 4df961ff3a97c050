import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aRoute, plainPassThrough } from '@app/proxy/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.js';
import { openRouting } from '../testing/open-routing.js';

const THEIRS = { id: 'gpt-5', object: 'model', created: 7, owned_by: 'openai' };

let upstream: Server;
let routing: ReturnType<typeof openRouting>;
let api: OpenApi;
/** What the upstream was asked. */
const asked: string[] = [];

beforeAll(async () => {
  upstream = createServer(({ url = '' }, response) => {
    asked.push(url);
    const isKnown = url === '/v1/models/gpt-5';
    if (url === '/v1/models/odd') return response.end('{"id":"odd"}');
    if (url === '/v1/models') {
      return response.end(JSON.stringify({ object: 'list', data: [THEIRS] }));
    }
    response.setHeader('x-request-id', 'of-the-upstream').statusCode = isKnown ? 200 : 404;
    return response.end(JSON.stringify(isKnown ? THEIRS : { error: {} }));
  });
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  routing = openRouting({ baseUrl: `http://127.0.0.1:${port}/v1` });
  routing.routing.replaceRoutes(
    ['fast', 'gpt-5', 'team/smart', 'odd', 'forbidden', 'flux-2-pro', 'gpt-*'].map((model) =>
      aRoute(model),
    ),
  );
  const passThrough = plainPassThrough(
    routing.routing,
    { maxBodyBytes: 1_000 },
    routing.targetHealth,
  );
  api = await openApi({ ...routing, passThrough });
  const [tenant] = await api.tenants.listTenants();
  await api.tenants.changeTenant(tenant?.id ?? '', {
    policy: { models: { deny: ['forbidden', 'secret-*'] } },
  });
  api.authenticator.forget();
});
afterAll(async () => {
  await api?.close();
  await routing?.routing.upstreams.own.client.close();
  upstream?.close();
});

const listed = async () => {
  const { data } = (await (await api.ask('/v1/models')).json()) as {
    data: readonly { id: string; owned_by: string }[];
  };
  return data;
};

const one = async (name: string): Promise<{ response: Response; body: unknown }> => {
  const response = await api.ask(`/v1/models/${encodeURIComponent(name)}`);
  return { response, body: await response.json() };
};

const ofTaskgate = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'taskgate' });

describe('a model that policy does not allow', () => {
  it.each(['forbidden', 'secret-1'])(
    'is not there, with a route or without, and nobody is asked: %s',
    async (name) => {
      asked.length = 0;
      const { response, body } = await one(name);

      expect(response.status).toBe(404);
      expect(body).toMatchObject({ error: { param: 'model' } });
      expect(asked).toEqual([]);
    },
  );
});

describe('the list in another spelling', () => {
  it.each(['/v1/models/', '/v1//models', '/v1/Models', '/v1/models;a=1'])(
    'is not that of the upstream, which knows no policy: %s',
    async (path) => {
      asked.length = 0;

      expect((await api.ask(path)).status).toBe(404);
      expect(asked).toEqual([]);
    },
  );
});

describe('the models that routes name', () => {
  it('are listed, each name once: the upstream’s and the catalog’s entries stay', async () => {
    const data = await listed();
    const named = (id: string) => data.filter((entry) => entry.id === id);

    expect(named('fast')).toEqual([ofTaskgate('fast')]);
    expect(named('team/smart')).toEqual([ofTaskgate('team/smart')]);
    expect(named('gpt-5')).toEqual([THEIRS]);
    expect(named('flux-2-pro')).toMatchObject([{ owned_by: 'bfl' }]);
  });

  it('are not listed as globs, nor where policy does not allow them', async () => {
    const ids = (await listed()).map(({ id }) => id);

    expect(ids).not.toContain('gpt-*');
    expect(ids).not.toContain('forbidden');
  });

  it.each(['fast', 'FAST', 'team/smart'])('are told of one by one: %s', async (name) => {
    const { response, body } = await one(name);

    expect(response.status).toBe(200);
    expect(body).toEqual(ofTaskgate(name.toLowerCase()));
  });

  it('are told of in the upstream’s words where it knows the name', async () => {
    const { response, body } = await one('gpt-5');

    expect(body).toEqual(THEIRS);
    expect(response.headers.get('x-request-id')).toBe('of-the-upstream');
    expect((await one('odd')).body).toEqual(ofTaskgate('odd'));
  });

  it('do not stand for other names: those are the upstream’s to answer', async () => {
    const { response } = await one('gpt-4o');

    expect(response.status).toBe(404);
    expect(asked.at(-1)).toBe('/v1/models/gpt-4o');
  });
});
