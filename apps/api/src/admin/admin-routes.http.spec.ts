import { issueKey, SCOPES } from '@app/tenants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../testing/open-api.js';

/** One admin route of the document that the running API publishes. */
interface Route {
  readonly method: string;
  readonly path: string;
}

let api: OpenApi;
let routes: readonly Route[];
/** What each kind of caller sends; null: nothing. */
let credentials: Readonly<Record<string, string | null>>;

const issueAdmin = async (name: string, role: string) =>
  (await dataOf(await api.ask('/admin/admins', { json: { name, role }, key: ADMIN_TOKEN }))) as {
    readonly id: string;
    readonly token: string;
  };

async function keyWith(scopes: readonly (typeof SCOPES)[number][]): Promise<string> {
  const { tenantId, keyPepper: pepper } = api;
  const { key, row } = issueKey({ tenantId, pepper, scopes, now: new Date() });
  await api.tenants.createKey(row);
  return key;
}

beforeAll(async () => {
  api = await openApi();
  const document = (await (await api.ask('/openapi.json')).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  routes = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/admin/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{[^}]+\}/g, 'of-nobody'),
      })),
    );
  const revoked = await issueAdmin('revoked', 'operator');
  await api.ask(`/admin/admins/${revoked.id}`, { key: ADMIN_TOKEN, method: 'DELETE' });
  credentials = {
    nothing: null,
    'a wrong token': 'admin-token-of-nobody',
    'a mistyped admin token': `${revoked.token.slice(0, -1)}!`,
    'a revoked admin': revoked.token,
    ...Object.fromEntries(
      await Promise.all(
        SCOPES.map(async (scope) => [`a tenant with the scope ${scope}`, await keyWith([scope])]),
      ),
    ),
    'a tenant with every scope': await keyWith(SCOPES),
    'a viewer': (await issueAdmin('viewer', 'viewer')).token,
    'an operator': (await issueAdmin('operator', 'operator')).token,
    'whoever has ADMIN_TOKEN': ADMIN_TOKEN,
  };
});
afterAll(async () => await api?.close());

const UNKNOWN = 'noSuchFieldAnywhere';

async function ask({ method, path }: Route, credential: string | null): Promise<Response> {
  const takesBody = ['POST', 'PUT', 'PATCH'].includes(method);
  return await fetch(api.url + path, {
    method,
    headers: {
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
      ...(takesBody && { 'content-type': 'application/json' }),
    },
    ...(takesBody && { body: JSON.stringify({ [UNKNOWN]: 1 }) }),
  });
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

/** Every route, asked in one way; what came of it by name. */
async function answers(of: (route: Route) => Promise<unknown>): Promise<Record<string, unknown>> {
  const found = await Promise.all(routes.map(async (one) => [nameOf(one), await of(one)] as const));
  return Object.fromEntries(found);
}

const expected = (of: (route: Route) => unknown): Record<string, unknown> =>
  Object.fromEntries(routes.map((route) => [nameOf(route), of(route)]));

/** Admitted: whatever came of it, it was neither 401 nor 403. */
const verdictOf = ({ status }: Response) =>
  status === 401 || status === 403 ? status : 'admitted';

const isRead = ({ method, path }: Route): boolean => method === 'GET' && !path.endsWith('/secret');

describe('every route under /admin', () => {
  it('is in the document that these tests are made from', () => {
    expect(routes.map(nameOf)).toEqual(
      expect.arrayContaining(['POST /admin/tenants', 'GET /admin/actions', 'GET /admin/audit']),
    );
  });

  it('is closed to strangers, tenants and revoked admins, whatever they ask', async () => {
    const strangers = Object.entries(credentials).slice(0, -3);
    for (const [who, credential] of strangers) {
      const found = await answers(async (route) => verdictOf(await ask(route, credential)));
      expect([who, found]).toEqual([who, expected(() => 401)]);
    }
    expect(strangers.map(([who]) => who)).toHaveLength(8);
  });

  it('lets viewers read all but secrets, and do nothing else', async () => {
    const found = await answers(async (route) =>
      verdictOf(await ask(route, credentials['a viewer'] ?? null)),
    );

    expect(found).toEqual(expected((route) => (isRead(route) ? 'admitted' : 403)));
  });

  it.each(['an operator', 'whoever has ADMIN_TOKEN'])('is open to %s', async (who) => {
    const found = await answers(async (route) =>
      verdictOf(await ask(route, credentials[who] ?? null)),
    );

    expect(found).toEqual(expected(() => 'admitted'));
  });

  it('that takes a body refuses a field that it does not know, by name', async () => {
    const found = await answers(async (route) => {
      if (['GET', 'DELETE'].includes(route.method)) return undefined;
      const response = await ask(route, ADMIN_TOKEN);
      const body = (await response.json()) as { readonly error?: { readonly param?: string } };
      return { status: response.status, param: body.error?.param };
    });

    expect(found).toEqual(
      expected(({ method }) =>
        ['GET', 'DELETE'].includes(method) ? undefined : { status: 400, param: UNKNOWN },
      ),
    );
  });
});
