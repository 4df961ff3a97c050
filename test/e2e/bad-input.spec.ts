import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient, type RequestOptions } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

const BODY_LIMIT_BYTES = 65_536;

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { BODY_LIMIT_BYTES: String(BODY_LIMIT_BYTES) } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

const GOOD = { model: 'flux-2-pro', input: { prompt: 'never made' } };
const INVALID = { status: 400, code: 'INVALID_REQUEST' };
const DENIED = { status: 401, code: 'PERMISSION_DENIED' };

const ask = async (path: string, options: RequestOptions): Promise<object> =>
  refused(await client.request(path, options));

describe('whoever calls', () => {
  it.each([
    ['a wrong key', { authorization: 'Bearer nobody' }, /No such key/],
    ['a mistyped key', { authorization: `Bearer tg-${'a'.repeat(40)}` }, /No such key/],
    ['a key of another scheme', { authorization: 'Basic dGVuYW50LWE6' }, /Bearer <key>/],
    ['an empty key', { authorization: 'Bearer ' }, /Bearer <key>/],
    ['the admin token', { authorization: 'Bearer admin-token-of-the-tests' }, /No such key/],
    ['a wrong key elsewhere', { authorization: '', 'x-api-key': 'nobody' }, /No such key/],
  ])('with %s is refused, on our own paths and on the upstream’s', async (_, headers, says) => {
    const expected = { ...DENIED, says };

    expect(await ask('/v1/tasks', { body: GOOD, headers })).toEqual(refusal(expected));
    expect(await ask('/v1/tasks', { headers })).toEqual(refusal(expected));
    expect(await ask('/v1/callback-secret', { headers })).toEqual(refusal(expected));
    expect(await ask('/v1/chat/completions', { body: { model: 'gpt-5' }, headers })).toEqual(
      refusal(expected),
    );
    expect(await ask('/v1/inputs', { headers })).toEqual(refusal(expected));
  });

  it('without a key is refused', async () => {
    const response = await fetch(`${stack.url}/v1/tasks`);
    const { status, headers } = response;

    expect(refused({ status, headers, body: await response.json() })).toEqual(refusal(DENIED));
  });

  it('is recognised before a body is read', async () => {
    const body = 'x'.repeat(2 * BODY_LIMIT_BYTES);

    expect(await ask('/v1/tasks', { body, headers: { authorization: 'Bearer nobody' } })).toEqual(
      refusal(DENIED),
    );
  });

  it.each(['/admin/tenants', '/admin/audit', '/admin/tenants/tn_x/keys'])(
    'with a tenant’s key does not open %s',
    async (path) => {
      expect(await ask(path, {})).toEqual(refusal({ ...DENIED, says: /ADMIN_TOKEN/ }));
    },
  );
});

const manyKeys = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
const nested = (depth: number): unknown =>
  JSON.parse(`{"prompt":"x","z":${'['.repeat(depth)}${']'.repeat(depth)}}`);

describe('a body', () => {
  it.each([
    ['that breaks off', '{"model":', /not valid JSON/],
    ['that is an array', '[]', /JSON object, not an array/],
    ['that is null', 'null', /JSON object, not null/],
    ['that is a text', '"model"', /JSON object, not a string/],
    ['that is nested without end', `{"input":${'['.repeat(30_000)}`, /not valid JSON/],
    ['that has a byte order mark', `\ufeff${JSON.stringify(GOOD)}`, /not valid JSON/],
  ])('%s is refused', async (_, body, says) => {
    expect(await ask('/v1/tasks', { body })).toEqual(refusal({ ...INVALID, says }));
  });

  it('with a field named as what every object has is refused like any unknown field', async () => {
    const body = JSON.stringify({ ...GOOD, constructor: 1 });

    expect(await ask('/v1/tasks', { body })).toEqual(
      refusal({ ...INVALID, param: 'constructor', says: /is not a field/ }),
    );
  });

  it('that is no UTF-8 is refused rather than repaired', async () => {
    const body = Buffer.from('{"model":"flux-2-pro","input":{"prompt":"caf\xe9"}}', 'latin1');
    const { status, headers, ...response } = await post(body);

    expect(refused({ status, headers, body: response.body })).toEqual(
      refusal({ ...INVALID, says: /UTF-8/ }),
    );
  });

  it.each([
    [
      'holds too many values',
      { ...GOOD, input: { z: Array(11_000).fill(0) } },
      /more than 10000 values/,
    ],
    ['is nested too deeply', { ...GOOD, input: nested(4_000) }, /more than 32 levels/],
  ])('that %s is refused before it is judged', async (_, body, says) => {
    expect(await ask('/v1/tasks', { body })).toEqual(refusal({ ...INVALID, says }));
  });

  it('sent to an unknown path is not read', async () => {
    const body = JSON.stringify(manyKeys(20_000));

    expect(await ask('/nope', { body })).toEqual(refusal({ status: 404, code: 'NOT_FOUND' }));
  });

  it('that is empty is told what it must hold', async () => {
    expect(await ask('/v1/tasks', { body: '' })).toEqual(
      refusal({ ...INVALID, param: 'model', says: /input takes/ }),
    );
    expect(await ask('/v1/tasks', { method: 'POST' })).toEqual(
      refusal({ ...INVALID, param: 'model' }),
    );
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of the type %s is refused',
    async (type) => {
      expect(await ask('/v1/tasks', { body: GOOD, headers: { 'content-type': type } })).toEqual(
        refusal({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', says: /application\/json/ }),
      );
    },
  );

  it('that is compressed is refused', async () => {
    expect(await ask('/v1/tasks', { body: GOOD, headers: { 'content-encoding': 'gzip' } })).toEqual(
      refusal({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', says: /content-encoding/ }),
    );
  });

  it.each([
    ['/v1/tasks', 'tenant-a'],
    ['/admin/tenants', 'admin-token-of-the-tests'],
    ['/v1/chat/completions', 'tenant-a'],
  ])(
    'over the limit is refused on %s, told or not, and the caller can read why',
    async (path, key) => {
      const expected = { status: 413, code: 'PAYLOAD_TOO_LARGE', says: /65536/ };
      const told = Buffer.alloc(20_000_000, 'x');
      const untold = new Blob([told]).stream();

      expect(refused(await post(told, path, key))).toEqual(refusal(expected));
      expect(refused(await post(untold, path, key))).toEqual(refusal(expected));
    },
  );

  it('of just the limit is not too large', async () => {
    const body = JSON.stringify(GOOD).padEnd(BODY_LIMIT_BYTES).replace('flux-2-pro', 'flux-2-prx');

    expect(await ask('/v1/tasks', { body })).toEqual(
      refusal({ status: 400, code: 'MODEL_UNAVAILABLE', param: 'model' }),
    );
  });
});

describe('a field', () => {
  it.each([
    ['colour', { ...GOOD, colour: 'red' }, /not a field/],
    ['callback.secret', { ...GOOD, callback: { url: 'https://a.example', secret: 'x' } }, /not a/],
    ['callback.url', { ...GOOD, callback: {} }, /http/],
    ['callback.when', { ...GOOD, callback: { url: 'https://a.example', when: 'never' } }, /final/],
    ['callback', { ...GOOD, callback: 'https://a.example' }, /object/],
    ['callback', { ...GOOD, callback: [{ url: 'https://a.example' }] }, /object/],
    ['model', { input: GOOD.input }, /GET \/v1\/tasks\/models/],
    ['model', { ...GOOD, model: 5 }, /GET \/v1\/tasks\/models/],
    ['input', { model: GOOD.model }, /object/],
    ['input', { model: GOOD.model, input: null }, /object/],
    ['input', { model: GOOD.model, input: [] }, /object/],
    ['input.prompt', { model: GOOD.model, input: {} }, /required/],
    ['input.prompt', { model: GOOD.model, input: { prompt: 7 } }, /text/],
    ['input.prompt', { model: GOOD.model, input: { prompt: 'a\0b' } }, /U\+0000/],
    ['input.prompt', { model: GOOD.model, input: { prompt: 'a\ud83d' } }, /surrogate/],
    ['input.audio', { model: GOOD.model, input: { prompt: 'x', audio: true } }, /takes prompt/],
    ['metadata', { ...GOOD, metadata: { order: 4711 } }, /16 pairs of strings/],
    ['metadata', { ...GOOD, metadata: ['a'] }, /16 pairs of strings/],
    ['metadata', { ...GOOD, metadata: pairs(17) }, /16 pairs of strings/],
    ['metadata', { ...GOOD, metadata: { a: 'x'.repeat(513) } }, /512/],
    ['metadata.note', { ...GOOD, metadata: { note: '\0' } }, /U\+0000/],
    ['priority', { ...GOOD, priority: 'urgent' }, /low, normal, high/],
    ['onUnknown', { ...GOOD, onUnknown: 'hope' }, /fail, retry/],
    ['route', { ...GOOD, route: 'scenic' }, /default/],
    ['storage', { ...GOOD, storage: 'attic' }, /temp/],
    ['deadline', { ...GOOD, deadline: 3601 }, /1 to 3600 seconds/],
    ['deadline', { ...GOOD, deadline: 0 }, /at least 1/],
    ['deadline', { ...GOOD, deadline: '10' }, /whole seconds/],
  ])('%s is named when it is wrong: %j', async (param, body, says) => {
    expect(await ask('/v1/tasks', { body })).toEqual(refusal({ ...INVALID, param, says }));
  });

  it('that a prototype could be reached by is refused', async () => {
    const body = '{"model":"flux-2-pro","input":{"prompt":"x"},"__proto__":{"admin":true}}';

    expect(await ask('/v1/tasks', { body })).toEqual(refusal({ ...INVALID, param: '__proto__' }));
  });

  it.each([
    ['aspect_ratio', '16:10', /1:1, 16:9, 9:16, 4:3, 3:4/],
    ['size', '17x17', /multiples of 16/],
    ['size', 'huge', /input.size/],
    ['n', 11, /10/],
    ['seed', -1, /0/],
    ['prompt_extend', 'yes', /true or false/],
  ])('input.%s = %j says what the model takes', async (field, value, says) => {
    const body = { model: 'qwen-image-2-0', input: { prompt: 'x', [field]: value } };

    expect(await ask('/v1/tasks', { body })).toEqual(
      refusal({ ...INVALID, param: `input.${field}`, says }),
    );
  });

  it.each([
    ['qwen-image-2-1', /qwen-image-2-0/],
    ['flux-2-prp', /flux-2-pro/],
    ['bfl/flux-2-pro', /without a vendor or a slash; write flux-2-pro/],
    ['no-such-thing', /GET \/v1\/tasks\/models/],
  ])('model = %s says what comes near', async (model, says) => {
    expect(await ask('/v1/tasks', { body: { ...GOOD, model } })).toEqual(
      refusal({ status: 400, code: 'MODEL_UNAVAILABLE', param: 'model', says }),
    );
  });

  it.each([
    ['http://10.0.0.1/hook', /public internet/],
    ['http://169.254.169.254/latest/meta-data', /public internet/],
    ['http://[::ffff:10.0.0.1]/hook', /public internet/],
    ['http://intranet/hook', /private network/],
    ['http://127.0.0.1:PORT/hook', /belongs to this gateway/],
    ['http://localhost:PORT/hook', /belongs to this gateway/],
    ['http://0x7f.1:PORT/hook', /belongs to this gateway/],
    ['https://user:secret@hook.example/', /user name or password/],
    ['https://hook.example:22/', /port 22/],
    ['https://hook.example/#part', /fragment/],
    ['ftp://hook.example/', /http:\/\//],
    ['/hook', /http:\/\//],
  ])('callback.url = %s is refused, and the check call agrees', async (template, says) => {
    const url = template.replace('PORT', new URL(stack.url).port);
    const body = { ...GOOD, callback: { url } };
    const check = await client.request('/v1/callback-urls/check', { body: { url } });

    expect(await ask('/v1/tasks', { body })).toEqual(
      refusal({ ...INVALID, param: 'callback.url', says }),
    );
    expect(check.body).toMatchObject({
      code: 0,
      data: { allowed: false, reason: expect.stringMatching(says) },
    });
  });
});

describe('a list', () => {
  it.each([
    ['status=done', 'status', /queued, handling, archiving, success, fail/],
    ['status=fail&status=success', 'status', /taken once/],
    ['cursor=abc', 'cursor', /nextCursor/],
    ['limit=0', 'limit', /1 to 100/],
    ['limit=many', 'limit', /1 to 100/],
    ['model=flux-2-prp', 'model', /flux-2-pro/],
    ['createdAfter=yesterday', 'createdAfter', /Unix seconds or a time like/],
    ['metadata.=x', 'metadata.', /metadata\.KEY=VALUE/],
  ])('by %s is refused with what is taken', async (query, param, says) => {
    expect(await ask(`/v1/tasks?${query}`, {})).toEqual(refusal({ ...INVALID, param, says }));
  });
});

describe('a wait', () => {
  it.each(['61', '-1', '1.5', 'soon', ''])('of %j is refused', async (wait) => {
    expect(await ask(`/v1/tasks/tk-1?wait=${wait}`, {})).toEqual(
      refusal({ ...INVALID, param: 'wait', says: /0 to 60/ }),
    );
  });
});

describe('a batch', () => {
  it.each([
    ['that is empty', { tasks: [] }, 'tasks', /1 to 1000/],
    ['that is no list', { tasks: GOOD }, 'tasks', /1 to 1000/],
    ['that is too long', { tasks: Array.from({ length: 1_001 }, () => 0) }, 'tasks', /not 1001/],
    ['that is missing', {}, 'tasks', /1 to 1000/],
    ['with another field', { tasks: [GOOD], priority: 'high' }, 'priority', /not a field/],
  ])('%s is refused as a whole', async (_, body, param, says) => {
    expect(await ask('/v1/tasks/batch', { body })).toEqual(refusal({ ...INVALID, param, says }));
  });

  it('of nothing but mistakes is answered with each of them', async () => {
    const tasks = [null, 'x', [], { model: 5 }, { ...GOOD, input: { prompt: 'a\0b' } }];
    const { status, body } = await client.request('/v1/tasks/batch', { body: { tasks } });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: { accepted: 0, refused: 5, results: tasks.map(() => ({ error: { code: 400 } })) },
    });
  });
});

describe('a policy', () => {
  it.each([
    [{ weight: 0 }, 'policy.weight', /0\.01 to 1000/],
    [{ maxQueuedTasks: 0 }, 'policy.maxQueuedTasks', /at least 1/],
    [{ maxConcurrentTasks: '5' }, 'policy.maxConcurrentTasks', /whole number/],
    [{ speed: 1 }, 'policy.speed', /maxConcurrentTasks, maxQueuedTasks, weight/],
    [[], 'policy', /object/],
  ])('of %j is refused with what is taken', async (policy, param, says) => {
    const operator = new GatewayClient(stack.url, stack.adminToken);
    const body = { name: 'never-made', policy };

    expect(refused(await operator.request('/admin/tenants', { body }))).toEqual(
      refusal({ ...INVALID, param, says }),
    );
  });
});

describe('a path', () => {
  it.each([
    ['GET', '/v1/tasks/tk-1/events'],
    ['POST', '/v1/tasks/tk-1/cancel'],
    ['POST', '/v1/tasks/tk-1/redeliver'],
    ['DELETE', '/v1/tasks/tk-1'],
    ['GET', '/v1/tasks/'],
    ['GET', '/v1//tasks'],
    ['GET', `/v1/tasks/${'x'.repeat(300)}`],
    ['GET', '/v1/callback-secret/'],
    ['POST', '/v1/usage/of-others'],
    ['GET', '/v1/requests/req_1/explain'],
    ['POST', '/v1/simulate/this'],
    ['GET', '/v1/%69nputs'],
    ['GET', '/v1/inputs;x=1'],
    ['GET', '/nowhere'],
    ['GET', '/admin/nowhere'],
    ['GET', '/v1'],
  ])(
    '%s %s that is ours and that there is not is 404 and never forwarded',
    async (method, path) => {
      const sandbox = new SandboxControl(stack.sandbox.url);
      await client.request('/v1/models/gpt-5?before');

      expect(await ask(path, { method })).toEqual(refusal({ status: 404, code: 'NOT_FOUND' }));
      expect((await sandbox.lastOpenAiRequest())?.path).toBe('/openai/v1/models/gpt-5?before');
    },
  );

  it.each([
    ['PUT', '/v1/tasks', /takes GET, POST/],
    ['PUT', '/v1/tasks/tk-1', /takes DELETE, GET/],
    ['PATCH', '/v1/tasks/models', /takes DELETE, GET/],
    ['GET', '/v1/tasks/tk-1/cancel', /takes POST/],
    ['POST', '/v1/tasks/tk-1/events', /takes GET/],
    ['PUT', '/admin/tasks', /takes GET/],
    ['PUT', '/admin/tenants/tn_x', /takes DELETE, GET, PATCH/],
    ['POST', '/v1/callback-secret', /takes GET/],
    ['GET', '/v1/callback-urls/check', /takes POST/],
    ['PUT', '/admin/tenants', /takes GET, POST/],
  ])('%s %s with a method that it lacks is 405', async (method, path, says) => {
    expect(await ask(path, { method })).toEqual(
      refusal({ status: 405, code: 'METHOD_NOT_ALLOWED', says }),
    );
  });

  it.each([
    ['/admin/audit?tenant=1&tenant=2', {}, 'tenant', /taken once/],
    ['/admin/tenants/tn_x/keys', { body: { expiresAt: '2027-W05' } }, 'expiresAt', /takes a time/],
  ])('an operator who asks %s is told what it takes', async (path, options, param, says) => {
    const operator = new GatewayClient(stack.url, stack.adminToken);

    expect(refused(await operator.request(path, options))).toEqual(
      refusal({ ...INVALID, param, says }),
    );
  });

  it('with an id longer than any id is 404', async () => {
    const answer = await ask(`/outputs/${'x'.repeat(300)}`, {});

    expect(answer).toEqual(refusal({ status: 404, code: 'NOT_FOUND' }));
  });

  it('says in Allow which methods a path takes', async () => {
    const answer = await client.request('/v1/tasks', { method: 'PUT' });

    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it.each([
    ['/v1/tasks/%00', /U\+0000/],
    ['/v1/tasks/%zz', /%zz/],
    ['/v1/tasks/%ff', /%ff/],
  ])('%s that cannot be an id is 400', async (path, says) => {
    expect(await ask(path, {})).toEqual(refusal({ ...INVALID, says }));
  });
});

it('leaves no task behind', async () => {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  const { rows } = await database.query('SELECT count(*)::int AS tasks FROM tasks');
  await database.end();

  expect(rows).toEqual([{ tasks: 0 }]);
});

async function post(body: NonNullable<RequestInit['body']>, path = '/v1/tasks', key = 'tenant-a') {
  const response = await fetch(stack.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
    duplex: 'half',
  });
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));
}
