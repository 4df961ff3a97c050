import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appEntry } from '../../tools/start/build.mjs';
import { refusal, refused } from '../support/refusal.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ env: { METRICS_TOKEN: 'metrics-token' } });
});
afterAll(async () => await stack?.stop());

const get = async (url: string, token?: string) => {
  const response = await fetch(url, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
};

const urlOf = (app: 'api' | 'worker'): string =>
  (app === 'api' ? stack.apis[0] : stack.workers[0])?.url ?? '';

describe.each(['api', 'worker'] as const)('the %s', (app) => {
  it('says that it is alive and ready, and what it reaches', async () => {
    const alive = await get(`${urlOf(app)}/healthz`);
    const ready = await get(`${urlOf(app)}/readyz`);

    expect([alive.status, JSON.parse(alive.text)]).toEqual([200, { status: 'ok' }]);
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({ status: 'ok', postgres: 'ok', redis: 'ok' });
  });

  it('shows its metrics to whoever has METRICS_TOKEN, and no tenant in them', async () => {
    const url = `${urlOf(app)}/metrics`;
    const [stranger, wrong] = [await get(url), await get(url, 'wrong')];
    const { status, headers, text } = await get(url, 'metrics-token');

    expect([stranger.status, wrong.status, status]).toEqual([401, 401, 200]);
    expect(stranger.text).toContain('METRICS_TOKEN');
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toMatch(/^# TYPE process_cpu_seconds_total counter$/m);
    expect(text).toMatch(/^# TYPE taskgate_\w+ (counter|histogram|gauge)$/m);
    expect(text).not.toContain('tenant-a');
  });

  it.each(Object.keys(NEEDED))(
    'does not start without %s and names it in one line',
    async (name) => {
      const end = await run(app, { ...NEEDED, [name]: undefined });

      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(new RegExp(`^${name} is missing[^\\n]*\\n$`));
    },
  );
});

describe('the worker', () => {
  it.each([
    ['CALLBACK_RETRY_SCHEDULE', 'now'],
    ['CALLBACK_ALLOWED_NETWORKS', 'everywhere'],
  ])('does not start with %s=%s and says so in one line', async (name, value) => {
    const servers = { DATABASE_URL: stack.databaseUrl, REDIS_URL: stack.redis.url };
    const end = await run('worker', { ...NEEDED, ...servers, [name]: value });

    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(new RegExp(`^[^\\n]*${name}[^\\n]*\\n$`));
  });
});

describe('the api', () => {
  it('documents its routes as OpenAPI that resolves', async () => {
    const { status, text } = await get(`${stack.url}/openapi.json`);
    const document = JSON.parse(text) as OpenApi;
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, pointer = '']) => pointer,
    );

    expect(status).toBe(200);
    expect(document.openapi).toMatch(/^3\./);
    expect(document.info).toMatchObject({ title: 'Taskgate', version: expect.any(String) });
    expect(document.servers).toEqual([{ url: stack.url }]);
    expect(operations.toSorted()).toEqual(ROUTES.toSorted());
    expect(references.filter((pointer) => resolve(document, pointer) === undefined)).toEqual([]);
    expect(references.length).toBeGreaterThan(0);
  });

  it('gives every operation a name of its own and a summary', async () => {
    const operations = await documented();
    const names = operations.map(({ operationId }) => operationId);

    expect(new Set(names).size).toBe(operations.length);
    expect(operations.filter(({ summary }) => !/\S/.test(summary))).toEqual([]);
  });

  it('describes every body that it takes or answers with', async () => {
    const withBodies = (await documented()).filter(({ method }) => method !== 'head');
    const bodies = withBodies.flatMap(({ operationId, requestBody, responses }) => [
      ...(requestBody ? [[`${operationId} takes`, schemaOf(requestBody)]] : []),
      ...Object.entries(responses)
        .filter(([status]) => status.startsWith('2') && status !== BODILESS)
        .map(([status, response]) => [`${operationId} ${status}`, schemaOf(response)]),
    ]);

    expect(bodies.length).toBeGreaterThan(ROUTES.length);
    expect(bodies.filter(([, schema]) => isEmpty(schema))).toEqual([]);
  });

  it('has a page to read and try it', async () => {
    const { status, headers, text } = await get(`${stack.url}/docs`);

    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).toContain('swagger-ui');
  });

  it('answers what it does not know with the one error shape, with or without a key', async () => {
    const answer = await get(`${stack.url}/favicon.ico`);

    expect(refused({ ...answer, body: JSON.parse(answer.text) })).toEqual(
      refusal({ status: 404, code: 'NOT_FOUND' }),
    );
  });

  it.each([
    ['CALLBACK_ALLOWED_NETWORKS', { CALLBACK_ALLOWED_NETWORKS: 'everywhere' }, /CIDR/],
    ['MASTER_KEY', { MASTER_KEY: 'too-short' }, /32 bytes/],
    ['PUBLIC_URL', { PUBLIC_URL: 'no url' }, /http or https URL/],
    // The key that everybody knows, on an address that others can reach.
    ['INTERNAL_KEYS', { INTERNAL_KEYS: 'demo', HOST: '0.0.0.0' }, /"demo".*127\.0\.0\.1/],
  ])(
    'does not start with a bad %s, says so in one line, and changes nothing',
    async (name, env, says) => {
      const servers = { DATABASE_URL: stack.databaseUrl, REDIS_URL: stack.redis.url };
      const end = await run('api', { ...NEEDED, ...servers, ...env });

      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(/^[^\n]+\n$/);
      expect(end.stderr).toContain(name);
      expect(end.stderr).toMatch(says);
      expect((await get(`${stack.url}/v1/tasks`, 'tenant-a')).status).toBe(200);
    },
  );
});

const NEEDED = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  ADMIN_TOKEN: 'a-token',
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
};

interface OpenApi {
  readonly openapi: string;
  readonly info: unknown;
  readonly servers: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly requestBody?: WithContent;
  readonly responses: Readonly<Record<string, WithContent>>;
}

interface WithContent {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

/** No content. */
const BODILESS = '204';

async function documented(): Promise<readonly (Operation & { readonly method: string })[]> {
  const { text } = await get(`${stack.url}/openapi.json`);
  const { paths } = JSON.parse(text) as OpenApi;
  return Object.values(paths).flatMap((item) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method })),
  );
}

const schemaOf = ({ content = {} }: WithContent): object | undefined =>
  Object.values(content)[0]?.schema;

const isEmpty = (schema: unknown): boolean =>
  Object.keys((schema as object | undefined) ?? {}).length === 0;

const ROUTES = [
  'delete /admin/admins/{adminId}',
  'delete /admin/credentials/{id}',
  'delete /admin/plans/{name}',
  'delete /admin/providers/{provider}/accounts/{account}/trouble',
  'delete /admin/routes/{model}',
  'delete /admin/tenants/{tenantId}',
  'delete /admin/tenants/{tenantId}/keys/{keyId}',
  'delete /admin/upstreams/{name}',
  'delete /v1/tasks/{taskId}',
  'delete /v1/videos/{videoId}',
  'get /.well-known/taskgate/callback-keys.json',
  'get /admin/actions',
  'get /admin/admins',
  'get /admin/alerts',
  'get /admin/alerts/incidents',
  'get /admin/alerts/secret',
  'get /admin/audit',
  'get /admin/audit/export',
  'get /admin/callback-receivers',
  'get /admin/credentials',
  'get /admin/credentials/{id}',
  'get /admin/deliveries',
  'get /admin/deliveries/{deliveryId}',
  'get /admin/plans',
  'get /admin/plans/{name}',
  'get /admin/prices',
  'get /admin/providers',
  'get /admin/queues',
  'get /admin/routes',
  'get /admin/tasks',
  'get /admin/tenants',
  'get /admin/tenants/{tenantId}',
  'get /admin/tenants/{tenantId}/keys',
  'get /admin/upstreams',
  'get /admin/usage',
  'get /healthz',
  'get /metrics',
  'get /outputs/{outputId}',
  'get /readyz',
  'get /v1/callback-secret',
  'get /v1/callback-urls',
  'get /v1/callback-urls/receivers',
  'get /v1/models',
  'get /v1/models/{model}',
  'get /v1/requests/{requestId}/explain',
  'get /v1/tasks',
  'get /v1/tasks/deliveries',
  'get /v1/tasks/deliveries/{deliveryId}',
  'get /v1/tasks/models',
  'get /v1/tasks/models/{model}',
  'get /v1/tasks/{taskId}',
  'get /v1/tasks/{taskId}/deliveries',
  'get /v1/tasks/{taskId}/events',
  'get /v1/usage',
  'get /v1/videos',
  'get /v1/videos/{videoId}',
  'get /v1/videos/{videoId}/content',
  'head /outputs/{outputId}',
  'patch /admin/credentials/{id}',
  'patch /admin/tenants/{tenantId}',
  'patch /admin/tenants/{tenantId}/keys/{keyId}',
  'post /admin/admins',
  'post /admin/alerts/secret/rotate',
  'post /admin/alerts/test',
  'post /admin/callback-receivers/disable',
  'post /admin/callback-receivers/enable',
  'post /admin/credentials',
  'post /admin/credentials/{id}/rotate',
  'post /admin/deliveries/redeliver',
  'post /admin/queues/{name}/pause',
  'post /admin/queues/{name}/resume',
  'post /admin/tasks/{taskId}/retry',
  'post /admin/tenants',
  'post /admin/tenants/{tenantId}/keys',
  'post /admin/tenants/{tenantId}/keys/{keyId}/rotate',
  'post /admin/upstreams',
  'post /hooks/{provider}/{attemptId}/{mac}',
  'post /v1/callback-secret/rotate',
  'post /v1/callback-urls/check',
  'post /v1/callback-urls/receivers/enable',
  'post /v1/callback-urls/test',
  'post /v1/images/edits',
  'post /v1/images/generations',
  'post /v1/inputs',
  'post /v1/simulate',
  'post /v1/tasks',
  'post /v1/tasks/batch',
  'post /v1/tasks/deliveries/redeliver',
  'post /v1/tasks/deliveries/{deliveryId}/redeliver',
  'post /v1/tasks/quote',
  'post /v1/tasks/{taskId}/cancel',
  'post /v1/tasks/{taskId}/redeliver',
  'post /v1/videos',
  'put /admin/alerts',
  'put /admin/plans/{name}',
  'put /admin/prices',
  'put /admin/routes/{model}',
  'put /v1/callback-urls',
];

const resolve = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document);

interface End {
  readonly code: unknown;
  readonly stderr: string;
}

/** Starts a process that is expected to end by itself, in a folder where nothing is. */
async function run(app: 'api' | 'worker', env: Record<string, string | undefined>): Promise<End> {
  const cwd = await mkdtemp(join(tmpdir(), 'taskgate-run-'));
  const options = { cwd, env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 };
  try {
    return await new Promise((ended) => {
      execFile(process.execPath, [appEntry(app)], options, (error, _stdout, stderr) =>
        ended({ code: error?.code ?? 0, stderr }),
      );
    });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
