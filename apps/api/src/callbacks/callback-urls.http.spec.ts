import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  createTask,
  dataOf,
  endTask,
  type OpenApi,
  openApi,
} from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());
afterEach(async () => {
  await setPolicy({});
  await put({});
});

const HOOK = 'https://a.example.com/hook';
const GOOD = { model: 'flux-2-pro', input: { prompt: 'a paper boat' } };
const NOTHING_SET = { default: null, registered: [], hosts: [], onlyRegistered: false };

const put = async (json: unknown, key = 'a'): Promise<Response> =>
  await api.ask('/v1/callback-urls', { json, key, method: 'PUT' });
const get = async (key = 'a'): Promise<unknown> =>
  await dataOf(await api.ask('/v1/callback-urls', { key }));
const check = async (url: unknown, key = 'a'): Promise<unknown> =>
  await dataOf(await api.ask('/v1/callback-urls/check', { json: { url }, key }));
const admin = async (path: string, method: string, json?: unknown): Promise<Response> =>
  await api.ask(path, { ...(json !== undefined && { json }), method, key: ADMIN_TOKEN });
const setPolicy = async (policy: object): Promise<Response> =>
  await admin(`/admin/tenants/${api.tenantId}`, 'PATCH', { policy });
const callbackOf = async (taskId: string): Promise<unknown> =>
  (await api.tasks.find(taskId))?.callback;

interface Refusal {
  readonly message: string;
  readonly error: { readonly param: string | null };
}
const refusalOf = async (response: Response): Promise<Refusal> => {
  expect(response.status).toBe(400);
  return (await response.json()) as Refusal;
};

describe('GET and PUT /v1/callback-urls', () => {
  it('show what was set, in its one spelling, and nothing where nothing was', async () => {
    const settings = {
      default: { url: HOOK },
      registered: ['https://b.example.com:8443/x'],
      hosts: ['*.EXAMPLE.com', '*.example.com'],
      onlyRegistered: true,
    };
    const shown = {
      ...settings,
      default: { url: HOOK, when: 'final' },
      hosts: ['*.example.com'],
    };

    expect(await get()).toEqual(NOTHING_SET);
    expect(await dataOf(await put(settings))).toEqual(shown);
    expect(await get()).toEqual(shown);
    expect(await dataOf(await put({ hosts: ['a.net'] }))).toEqual({
      ...NOTHING_SET,
      hosts: ['a.net'],
    });
    expect(await dataOf(await put({}))).toEqual(NOTHING_SET);
    expect(await get()).toEqual(NOTHING_SET);
  });

  it('take what they show', async () => {
    await put({ default: { url: HOOK, when: 'all' }, onlyRegistered: true });
    const shown = await get();

    expect(await dataOf(await put(shown))).toEqual(shown);
  });

  it('are each tenant’s own', async () => {
    await put({ default: { url: HOOK }, hosts: ['a.example.com'] }, 'a');

    expect(await get('b')).toEqual(NOTHING_SET);
    expect(await callbackOf(await createTask(api, {}, 'b'))).toBeNull();
    expect(await check('https://b.net/', 'b')).toEqual({ allowed: true, reason: null });
    await put({ hosts: ['b.net'] }, 'b');
    expect(await get('a')).toMatchObject({ hosts: ['a.example.com'] });
    await put({}, 'b');
  });

  it('change nothing where anything is refused', async () => {
    await put({ hosts: ['a.example.com'] });

    const { error } = await refusalOf(
      await put({ registered: [HOOK, 'https://a.example.com:22/'], hosts: ['*.example.com'] }),
    );

    expect(error.param).toBe('registered[1]');
    expect(await get()).toEqual({ ...NOTHING_SET, hosts: ['a.example.com'] });
  });

  it.each<[string, unknown, string | null]>([
    ['a field that does not exist', { url: HOOK }, 'url'],
    ['a URL of the operator’s network', { default: { url: 'http://10.0.0.1/' } }, 'default.url'],
    ['a host that is none', { hosts: ['a.net', '*'] }, 'hosts[1]'],
    ['only registered ones without any', { onlyRegistered: true }, 'onlyRegistered'],
    [
      'a key that means more than it says',
      { default: { constructor: { name: 1 } } },
      'default.constructor',
    ],
    ['a character that no row can hold', { default: { url: 'https://a.net/\0' } }, 'default.url'],
    ['a list', [], null],
    ['a text', 'https://a.net/', null],
    ['null', null, null],
  ])('refuse %s', async (_, body, param) => {
    expect((await refusalOf(await put(body))).error.param).toBe(param);
  });

  it('refuse no body at all', async () => {
    const response = await api.ask('/v1/callback-urls', { method: 'PUT' });

    expect((await refusalOf(response)).message).toBe('The body takes a JSON object, not nothing.');
  });

  it('refuse what the operator’s policy forbids', async () => {
    await setPolicy({ callbackHosts: ['*.example.com'] });

    expect((await put({ default: { url: HOOK } })).status).toBe(200);
    const { message, error } = await refusalOf(await put({ registered: ['https://b.net/'] }));
    expect(error.param).toBe('registered[0]');
    expect(message).toContain('taken are *.example.com');
  });

  it('ask for a key: any to look, one that makes tasks to change', async () => {
    const keyFor = async (scope: string): Promise<string> => {
      const made = await admin(`/admin/tenants/${api.tenantId}/keys`, 'POST', { scopes: [scope] });
      return ((await dataOf(made)) as { key: string }).key;
    };
    const [reader, maker, proxy] = [
      await keyFor('read'),
      await keyFor('tasks'),
      await keyFor('proxy'),
    ];

    expect(await get(reader)).toEqual(NOTHING_SET);
    expect((await put({ hosts: ['a.net'] }, reader)).status).toBe(403);
    expect((await put({ hosts: ['a.net'] }, proxy)).status).toBe(403);
    expect((await api.ask('/v1/callback-urls', { key: proxy })).status).toBe(403);
    expect((await put({ hosts: ['a.net'] }, 'nobody')).status).toBe(401);
    expect(await get()).toEqual(NOTHING_SET);
    expect((await put({ hosts: ['a.net'] }, maker)).status).toBe(200);
    expect(await get()).toMatchObject({ hosts: ['a.net'] });
  });

  it('take no other method', async () => {
    const response = await api.ask('/v1/callback-urls', { method: 'DELETE' });

    expect(response.status).toBe(405);
  });

  it('are in the OpenAPI document', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { requestBody?: { content: object } }>>;
    };
    const { get: show, put: replace } = document.paths['/v1/callback-urls'] ?? {};

    expect(show).toBeDefined();
    expect(replace?.requestBody?.content).toMatchObject({
      'application/json': {
        schema: {
          additionalProperties: false,
          required: [],
          properties: { registered: { maxItems: 20 }, hosts: { maxItems: 50 } },
        },
      },
    });
  });
});

describe('a task that names no callback', () => {
  it('has the default of its tenant, and none where it wants none', async () => {
    await put({ default: { url: HOOK, when: 'all' } });

    expect(await callbackOf(await createTask(api))).toEqual({ url: HOOK, when: 'all' });
    expect(await callbackOf(await createTask(api, { callback: null }))).toBeNull();
    expect(await callbackOf(await createTask(api, { callback: { when: 'final' } }))).toEqual({
      url: HOOK,
      when: 'final',
    });
    expect(
      await callbackOf(await createTask(api, { callback: { url: 'https://b.net/' } })),
    ).toEqual({
      url: 'https://b.net/',
      when: 'final',
    });
  });

  it('has it in a batch as well', async () => {
    await put({ default: { url: HOOK } });
    const tasks = [GOOD, { ...GOOD, callback: null }, { ...GOOD, callback: { url: null } }];
    const response = await api.ask('/v1/tasks/batch', { json: { tasks } });
    const { results } = (await dataOf(response)) as {
      results: readonly { taskId?: string; error?: Refusal }[];
    };

    expect(await callbackOf(results[0]?.taskId ?? '')).toEqual({ url: HOOK, when: 'final' });
    expect(await callbackOf(results[1]?.taskId ?? '')).toBeNull();
    expect(results[2]?.error?.error.param).toBe('callback.url');
  });

  it('has it where OpenAI’s own calls make it', async () => {
    await put({ default: { url: HOOK } });
    const film = await api.ask('/v1/videos', { json: { model: 'veo-3-1', prompt: 'x' } });
    const picture = await api.ask('/v1/images/generations', {
      json: { model: 'flux-2-pro', prompt: 'x', stream: true },
    });
    const ids = [film, picture].map(({ headers }) => headers.get('x-taskgate-task-id') ?? '');
    await endTask(api, ids[1] ?? '');
    await picture.text();

    for (const id of ids) expect(await callbackOf(id)).toEqual({ url: HOOK, when: 'final' });
  });

  it('is refused when there is neither', async () => {
    const json = { ...GOOD, callback: { when: 'all' } };

    expect((await refusalOf(await api.ask('/v1/tasks', { json }))).error.param).toBe(
      'callback.url',
    );
  });

  it('is refused by every call while the default is not taken', async () => {
    await put({ default: { url: HOOK } });
    await setPolicy({ callbackHosts: ['b.net'] });
    const refusals = await Promise.all([
      refusalOf(await api.ask('/v1/tasks', { json: GOOD })),
      refusalOf(await api.ask('/v1/tasks/quote', { json: GOOD })),
      refusalOf(
        await api.ask('/v1/images/generations', { json: { model: 'flux-2-pro', prompt: 'x' } }),
      ),
    ]);

    for (const { error, message } of refusals) {
      expect(error.param).toBe('callback');
      expect(message).toContain('PUT /v1/callback-urls');
    }
    expect(await callbackOf(await createTask(api, { callback: null }))).toBeNull();
  });
});

describe('a task that names a callback', () => {
  it('is held to hosts and registered URLs, as a check and a quote say beforehand', async () => {
    await put({ registered: [HOOK], hosts: ['*.example.com'], onlyRegistered: true });
    const verdicts: [string, boolean][] = [
      [HOOK, true],
      ['https://A.example.com./other?path=1', true],
      ['https://a.example.com:8443/hook', false],
      ['https://b.example.com/hook', false],
      ['https://a.example.com.evil.net/hook', false],
    ];

    for (const [url, allowed] of verdicts) {
      const json = { ...GOOD, callback: { url } };
      const create = await api.ask('/v1/tasks', { json });
      const quote = await api.ask('/v1/tasks/quote', { json });
      const checked = (await check(url)) as { allowed: boolean; reason: string | null };

      expect([url, create.status, quote.status]).toEqual([
        url,
        ...(allowed ? [200, 200] : [400, 400]),
      ]);
      expect(checked.allowed).toBe(allowed);
      if (allowed) continue;
      const { message, error } = await refusalOf(create);
      expect(error.param).toBe('callback.url');
      expect(message).toBe(`callback.url is not taken: ${checked.reason}.`);
    }
  });

  it('is answered as it was when it is sent again, whatever the rules became', async () => {
    const headers = { 'idempotency-key': 'before-the-rules' };
    const json = { ...GOOD, callback: { url: HOOK } };
    const first = await dataOf(await api.ask('/v1/tasks', { json, headers }));
    await put({ hosts: ['b.net'] });
    const again = await api.ask('/v1/tasks', { json, headers });

    expect(again.headers.get('idempotent-replay')).toBe('true');
    expect(await dataOf(again)).toEqual(first);
    expect((await api.ask('/v1/tasks', { json })).status).toBe(400);
  });
});

describe('POST /v1/callback-urls/check', () => {
  it('says what a create would say, and no more', async () => {
    await setPolicy({ callbackHosts: ['*.example.com'] });

    expect(await check(HOOK)).toEqual({ allowed: true, reason: null });
    expect(await check('https://b.net/')).toEqual({
      allowed: false,
      reason: 'b.net is not among the hosts that the operator allows; taken are *.example.com',
    });
    expect(await check('')).toMatchObject({ allowed: false });
    expect(await check(`https://a.example.com/${'x'.repeat(3000)}`)).toMatchObject({
      allowed: false,
    });
  });

  it.each([[{}], [{ url: 7 }], [{ url: null }], [{ url: [HOOK] }]])('refuses %j', async (json) => {
    const { error, message } = await refusalOf(await api.ask('/v1/callback-urls/check', { json }));

    expect(error.param).toBe('url');
    expect(message).toContain('http or https URL');
  });
});

describe('an operator', () => {
  it('sets the hosts of a tenant, in one spelling, and is told what is none', async () => {
    const changed = await setPolicy({ callbackHosts: ['Example.COM.', '*.example.com'] });

    expect(await dataOf(changed)).toMatchObject({
      policy: { callbackHosts: ['example.com', '*.example.com'] },
    });
    const { error } = await refusalOf(await setPolicy({ callbackHosts: ['a.net', '10.0.0.0/8'] }));
    expect(error.param).toBe('policy.callbackHosts[1]');
  });

  it('has a failed task run again with its callback, unless that is not taken any more', async () => {
    const failedId = await createTask(api, { callback: { url: HOOK, when: 'all' } });
    await endTask(api, failedId);
    const retry = async (): Promise<Response> =>
      await admin(`/admin/tasks/${failedId}/retry`, 'POST');
    const { taskId } = (await dataOf(await retry())) as { taskId: string };

    expect(await callbackOf(taskId)).toEqual({ url: HOOK, when: 'all' });
    await setPolicy({ callbackHosts: ['b.net'] });
    expect((await refusalOf(await retry())).error.param).toBe('callback.url');
  });
});
