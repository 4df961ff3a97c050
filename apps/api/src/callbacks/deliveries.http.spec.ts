import { type Delivery, type DeliveryAttempt, newDelivery, NEW_RECEIVER } from '@app/callbacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  createTask,
  dataOf,
  endTask,
  type OpenApi,
  openApi,
} from '../testing/open-api.js';

let api: OpenApi;
let tenants: Readonly<Record<'a' | 'b', string>>;
beforeAll(async () => {
  api = await openApi();
  const all = await api.tenants.listTenants();
  const idOf = (name: string) => all.find((tenant) => tenant.name === name)?.id ?? '';
  tenants = { a: idOf('a'), b: idOf('b') };
});
afterAll(async () => await api?.close());

const ORIGIN = 'https://your.example';
let minutes = 0;

/** A dead delivery, made a minute after the one before; of an origin that no other test has, where one is named. */
function addDelivery(fields: Partial<Delivery> = {}, tenant: 'a' | 'b' = 'a'): Delivery {
  minutes += 1;
  const origin = fields.origin ?? ORIGIN;
  const made = newDelivery(
    {
      taskId: 'tk-00000000000000000000000000',
      tenantId: tenants[tenant],
      event: 'task.success',
      sequence: 4,
      url: `${origin}/hook`,
      body: '{"taskId":"tk-0"}',
    },
    new Date(Date.UTC(2026, 0, 1) + minutes * 60_000),
  );
  const delivery: Delivery = {
    ...made,
    state: 'dead',
    nextAttemptAt: null,
    attempts: 1,
    ...fields,
  };
  api.deliveries.add(delivery);
  return delivery;
}

const CLOSED: Omit<DeliveryAttempt, 'deliveryId'> = {
  number: 1,
  trigger: 'auto',
  startedAt: new Date('2026-11-01T12:00:00.000Z'),
  durationMs: 3_000,
  phases: { dnsMs: 3, connectMs: 2_997, tlsMs: null, firstByteMs: null },
  remoteAddress: '10.0.0.7',
  status: null,
  errorClass: 'closed',
  error: 'could not connect',
  answerSnippet: '',
};

const get = async (path: string, key = 'a') => await dataOf(await api.ask(path, { key }));
const post = async (path: string, json: unknown = {}, key = 'a') =>
  await api.ask(path, { json, key });
/** What a stranger is told of a delivery, without its id. */
async function strangerIsTold(deliveryId: string): Promise<string> {
  const response = await api.ask(`/v1/tasks/deliveries/${deliveryId}`, { key: 'b' });
  const { message } = (await response.json()) as { readonly message: string };
  return message.replace(deliveryId, 'ID');
}

const reread = async ({ id }: Delivery) => (await api.deliveries.find(null, id))?.delivery;
const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000);

interface Page {
  readonly deliveries: readonly { readonly id: string; readonly tenantId?: string }[];
  readonly nextCursor: string | null;
}
const idsOf = ({ deliveries }: Page): readonly string[] => deliveries.map(({ id }) => id);

describe('GET /v1/tasks/{id}/deliveries', () => {
  it('shows every attempt, without a word about an address that was not reached', async () => {
    const taskId = await createTask(api, { callback: { url: 'https://your.example/hook' } });
    const delivery = addDelivery({ taskId, event: 'task.fail', interrupted: 1 });
    api.deliveries.addAttempt({ ...CLOSED, deliveryId: delivery.id });

    expect(await get(`/v1/tasks/${taskId}/deliveries`)).toEqual({
      deliveries: [
        {
          id: delivery.id,
          taskId,
          event: 'task.fail',
          seq: 4,
          url: 'https://your.example/hook',
          origin: ORIGIN,
          state: 'dead',
          note: null,
          attemptCount: 1,
          interrupted: 1,
          created: secondsOf(delivery.createdAt),
          nextAttempt: null,
          attempts: [
            {
              number: 1,
              trigger: 'auto',
              time: secondsOf(CLOSED.startedAt),
              durationMs: 3_000,
              phases: { dnsMs: 3, connectMs: null, tlsMs: null, firstByteMs: null },
              remoteAddress: null,
              status: null,
              errorClass: 'unreachable',
              error: 'could not connect',
              answerSnippet: '',
            },
          ],
        },
      ],
    });
  });
});

describe('GET /v1/tasks/deliveries', () => {
  it('lists one’s own, newest first, page by page and by filter', async () => {
    const origin = 'https://list.example';
    const added = [1, 2, 3].map(() => addDelivery({ origin }));
    addDelivery({ origin }, 'b');
    const query = `origin=${origin}&state=dead`;
    const first = (await get(`/v1/tasks/deliveries?${query}&limit=2`)) as Page;
    const second = (await get(
      `/v1/tasks/deliveries?${query}&limit=2&cursor=${first.nextCursor}`,
    )) as Page;
    const from = added[1]?.createdAt ?? new Date();

    const late = await get(`/v1/tasks/deliveries?${query}&from=${from.toISOString()}`);

    const newestFirst = added.map(({ id }) => id).toReversed();
    expect([...idsOf(first), ...idsOf(second)]).toEqual(newestFirst);
    expect(second.nextCursor).toBeNull();
    expect(idsOf(late as Page)).toEqual(newestFirst.slice(0, 2));
    expect(first.deliveries[0]).not.toHaveProperty('body');
    expect(first.deliveries[0]).not.toHaveProperty('tenantId');
  });

  it.each([
    ['state=lost', 'state'],
    ['colour=red', 'colour'],
    ['limit=1000', 'limit'],
    ['cursor=abc', 'cursor'],
    ['tenant=tn_1', 'tenant'],
  ])('refuses %s', async (query, param) => {
    const response = await api.ask(`/v1/tasks/deliveries?${query}`);

    expect(await response.json()).toMatchObject({ code: 400, error: { param } });
  });
});

describe('GET /v1/tasks/deliveries/{id}', () => {
  it('shows its attempts and the bytes that are sent', async () => {
    const delivery = addDelivery();
    api.deliveries.addAttempt({ ...CLOSED, deliveryId: delivery.id });

    expect(await get(`/v1/tasks/deliveries/${delivery.id}`)).toMatchObject({
      id: delivery.id,
      body: '{"taskId":"tk-0"}',
      attempts: [{ number: 1, errorClass: 'unreachable' }],
    });
  });
});

describe('POST /v1/tasks/deliveries/{id}/redeliver', () => {
  it('has it sent once more, wakes the workers, and leaves its state', async () => {
    const delivery = addDelivery({ state: 'delivered' });
    const wakes = api.wakes.count;

    const answered = await post(`/v1/tasks/deliveries/${delivery.id}/redeliver`);

    expect(await dataOf(answered)).toMatchObject({
      id: delivery.id,
      state: 'delivered',
      nextAttempt: expect.any(Number),
    });
    expect(await reread(delivery)).toMatchObject({ trigger: 'manual', resumeAt: null });
    expect(api.wakes.count).toBe(wakes + 1);
  });

  it.each<[Partial<Delivery>, string]>([
    [{ event: 'task.handling' }, 'before the end'],
    [{ state: 'skipped' }, 'something newer'],
  ])('refuses what is outdated: %j', async (fields, says) => {
    const delivery = addDelivery(fields);

    const refused = await post(`/v1/tasks/deliveries/${delivery.id}/redeliver`);

    expect(await refused.json()).toMatchObject({
      code: 400,
      message: expect.stringContaining(says),
    });
    expect(await reread(delivery)).toEqual(delivery);
  });

  it('refuses one to a disabled receiver, with how to enable it, and takes it then', async () => {
    const origin = 'https://disabled.example';
    const delivery = addDelivery({ origin });
    const key = { tenantId: tenants.a, origin };
    api.deliveries.setHealth(key, { ...NEW_RECEIVER, disabledAt: Date.UTC(2026, 0, 1) });
    const path = `/v1/tasks/deliveries/${delivery.id}/redeliver`;
    const refused = await post(path);
    const message = `{"origin": "${origin}"}`;

    expect(await refused.json()).toMatchObject({
      code: 400,
      message: expect.stringContaining(message),
    });
    const enabled = await post('/v1/callback-urls/receivers/enable', { origin });
    expect(await dataOf(enabled)).toMatchObject({ origin, state: 'ok', disabledSince: null });
    expect((await post(path)).status).toBe(200);
  });
});

describe('POST /v1/tasks/deliveries/redeliver', () => {
  it('counts in a dry run, and sends again what it counted, the rest when asked again', async () => {
    const origin = 'https://filter.example';
    const dead = [addDelivery({ origin }), addDelivery({ origin })];
    const delivered = addDelivery({ origin, state: 'delivered' });
    const foreign = addDelivery({ origin }, 'b');
    const body = { state: 'dead', origin };
    const path = '/v1/tasks/deliveries/redeliver';

    expect(await dataOf(await post(path, { ...body, dryRun: true }))).toEqual({
      matched: 2,
      dryRun: true,
    });
    expect((await reread(dead[0] ?? delivered))?.nextAttemptAt).toBeNull();
    expect(await dataOf(await post(path, { ...body, limit: 1 }))).toEqual({
      matched: 2,
      redelivered: 1,
    });
    expect(await dataOf(await post(path, body))).toEqual({ matched: 1, redelivered: 1 });
    for (const one of dead) expect(await reread(one)).toMatchObject({ trigger: 'replay' });
    for (const one of [delivered, foreign]) expect(await reread(one)).toEqual(one);
  });

  it.each<[unknown, string | null]>([
    [{}, null],
    [{ dryRun: true }, null],
    [{ state: 'dead', colour: 'red' }, 'colour'],
    [{ state: 'skipped' }, 'state'],
    [{ tenant: 'tn_1' }, 'tenant'],
    [[], null],
  ])('refuses %j', async (body, param) => {
    const response = await post('/v1/tasks/deliveries/redeliver', body);

    expect(await response.json()).toMatchObject({ code: 400, error: { param } });
  });
});

describe('POST /v1/callback-urls/test', () => {
  it('answers the test with what came of its attempt', async () => {
    const url = 'https://tested.example/hook';
    const asked = post('/v1/callback-urls/test', { url });
    const pending = async () =>
      (await api.deliveries.list({ event: 'callback.test', state: 'pending' }, { limit: 1 }))
        .deliveries[0];
    await expect.poll(pending).toBeDefined();
    const made = await api.deliveries.find(null, (await pending())?.id ?? '');
    if (!made) throw new Error('No test was made');
    const { id } = made.delivery;
    api.deliveries.addAttempt({
      ...CLOSED,
      deliveryId: id,
      status: 204,
      errorClass: null,
      error: null,
    });
    api.deliveries.add({ ...made.delivery, state: 'delivered', nextAttemptAt: null, attempts: 1 });

    const test = await dataOf(await asked);

    expect(test).toMatchObject({
      id,
      taskId: null,
      event: 'callback.test',
      url,
      state: 'delivered',
      attempts: [{ status: 204, errorClass: null }],
    });
    const { body, created } = test as { readonly body: string; readonly created: number };
    expect(JSON.parse(body)).toEqual({ event: 'callback.test', deliveryId: id, created });
  });

  it.each([
    [{ url: 'http://127.0.0.1/' }, 'url'],
    [{ url: 'https://tested.example/\u0000' }, 'url'],
    [{ url: 5 }, 'url'],
    [{}, 'url'],
    [{ url: 'https://tested.example/', when: 'all' }, 'when'],
  ])('refuses %j', async (body, param) => {
    const response = await post('/v1/callback-urls/test', body);

    expect(await response.json()).toMatchObject({ code: 400, error: { param } });
  });
});

describe('receivers', () => {
  it('are shown to their tenant, what fails first', async () => {
    const key = (origin: string) => ({ tenantId: tenants.b, origin });
    const failing = { ...NEW_RECEIVER, failingSince: 5_000, failures: 2, lastFailureAt: 9_000 };
    api.deliveries.setHealth(key('https://fine.example'), NEW_RECEIVER);
    api.deliveries.setHealth(key('https://poor.example'), failing);
    addDelivery(
      { origin: 'https://poor.example', state: 'pending', nextAttemptAt: new Date() },
      'b',
    );
    const poor = {
      origin: 'https://poor.example',
      state: 'failing',
      leftAloneUntil: null,
      disabledSince: null,
      failingSince: 5,
      failures: 2,
      lastSuccess: null,
      lastFailure: 9,
      waiting: 1,
      atOnce: NEW_RECEIVER.atOnce,
    };

    expect(await get('/v1/callback-urls/receivers', 'b')).toMatchObject({
      receivers: [poor, { origin: 'https://fine.example', state: 'ok' }],
    });
    expect(await get('/v1/callback-urls/receivers?failing=true', 'b')).toEqual({
      receivers: [poor],
    });
    const operator = (await get(
      `/admin/callback-receivers?failing=true&tenant=${tenants.b}`,
      ADMIN_TOKEN,
    )) as object;
    expect(operator).toEqual({ receivers: [{ tenantId: tenants.b, ...poor }] });
  });

  it('are disabled and enabled by operators', async () => {
    const origin = 'https://switched.example';
    api.deliveries.setHealth({ tenantId: tenants.a, origin }, NEW_RECEIVER);
    const body = { tenant: tenants.a, origin };
    const change = async (how: string) =>
      await dataOf(await post(`/admin/callback-receivers/${how}`, body, ADMIN_TOKEN));

    expect(await change('disable')).toMatchObject({
      tenantId: tenants.a,
      origin,
      state: 'disabled',
      disabledSince: expect.any(Number),
    });
    expect(await change('enable')).toMatchObject({ origin, state: 'ok', disabledSince: null });
  });

  it.each<[string, unknown, string, number, string | null]>([
    ['/v1/callback-urls/receivers/enable', { origin: 'https://never.example' }, 'a', 404, null],
    [
      '/v1/callback-urls/receivers/enable',
      { origin: 'https://x.example/hook' },
      'a',
      400,
      'origin',
    ],
    ['/v1/callback-urls/receivers/enable', {}, 'a', 400, 'origin'],
    ['/v1/callback-urls/receivers/enable', { origin: ORIGIN, on: true }, 'a', 400, 'on'],
    ['/admin/callback-receivers/disable', { origin: ORIGIN }, ADMIN_TOKEN, 400, 'tenant'],
    ['/admin/callback-receivers/disable', { tenant: 'tn_1' }, ADMIN_TOKEN, 400, 'origin'],
    [
      '/admin/callback-receivers/enable',
      { tenant: 'tn_1', origin: ORIGIN },
      ADMIN_TOKEN,
      404,
      null,
    ],
  ])('%s of %j by %s is %i', async (path, body, key, code, param) => {
    expect(await (await post(path, body, key)).json()).toMatchObject({ code, error: { param } });
  });

  it('takes no other parameters', async () => {
    for (const [path, key] of [
      ['/v1/callback-urls/receivers?tenant=tn_1', 'a'],
      ['/v1/callback-urls/receivers?failing=yes', 'a'],
      ['/admin/callback-receivers?origin=x', ADMIN_TOKEN],
      ['/admin/callback-receivers?tenant=a&tenant=b', ADMIN_TOKEN],
    ] as const) {
      expect((await api.ask(path, { key })).status).toBe(400);
    }
  });
});

describe('an operator', () => {
  it('sees everybody’s deliveries, and of each what its tenant is not told', async () => {
    const origin = 'https://operated.example';
    const own = addDelivery({ origin });
    const other = addDelivery({ origin }, 'b');
    api.deliveries.addAttempt({ ...CLOSED, deliveryId: other.id });
    const list = async (query: string) =>
      (await get(`/admin/deliveries?origin=${origin}${query}`, ADMIN_TOKEN)) as Page;

    expect(idsOf(await list('&state=dead'))).toEqual([other.id, own.id]);
    expect((await list(`&tenant=${tenants.b}`)).deliveries).toMatchObject([
      { id: other.id, tenantId: tenants.b },
    ]);
    expect(await get(`/admin/deliveries/${other.id}`, ADMIN_TOKEN)).toMatchObject({
      tenantId: tenants.b,
      attempts: [{ errorClass: 'closed', remoteAddress: '10.0.0.7', phases: { connectMs: 2_997 } }],
    });
    expect((await api.ask('/admin/deliveries/msg_1', { key: ADMIN_TOKEN })).status).toBe(404);
  });

  it('sends again what matches, of all tenants or of one', async () => {
    const origin = 'https://replayed.example';
    const own = addDelivery({ origin });
    const other = addDelivery({ origin }, 'b');
    const redeliver = async (body: object) =>
      await dataOf(await post('/admin/deliveries/redeliver', body, ADMIN_TOKEN));

    expect(await redeliver({ origin, dryRun: true })).toEqual({ matched: 2, dryRun: true });
    expect(await redeliver({ origin, tenant: tenants.b })).toEqual({ matched: 1, redelivered: 1 });
    expect((await reread(own))?.nextAttemptAt).toBeNull();
    expect((await reread(other))?.trigger).toBe('replay');
    const everything = await post('/admin/deliveries/redeliver', { dryRun: true }, ADMIN_TOKEN);
    expect(everything.status).toBe(400);
  });

  it.each([
    ['GET', '/admin/deliveries'],
    ['GET', '/admin/deliveries/msg_1'],
    ['POST', '/admin/deliveries/redeliver'],
    ['GET', '/admin/callback-receivers'],
    ['POST', '/admin/callback-receivers/disable'],
    ['POST', '/admin/callback-receivers/enable'],
  ])('alone opens %s %s', async (method, path) => {
    expect((await api.ask(path, { method })).status).toBe(401);
  });
});

describe('a key', () => {
  it('that may only read sees deliveries and receivers, and sends nothing', async () => {
    const delivery = addDelivery();
    const issued = await post(
      `/admin/tenants/${tenants.a}/keys`,
      { name: 'reader', scopes: ['read'] },
      ADMIN_TOKEN,
    );
    const { key } = (await dataOf(issued)) as { readonly key: string };
    const statusOf = async (path: string, json?: object) =>
      (await api.ask(path, { key, ...(json && { json }) })).status;

    expect([
      await statusOf('/v1/tasks/deliveries'),
      await statusOf(`/v1/tasks/deliveries/${delivery.id}`),
      await statusOf('/v1/callback-urls/receivers'),
      await statusOf(`/v1/tasks/deliveries/${delivery.id}/redeliver`, {}),
      await statusOf('/v1/tasks/deliveries/redeliver', { state: 'dead' }),
      await statusOf('/v1/callback-urls/test', { url: 'https://your.example/hook' }),
      await statusOf('/v1/callback-urls/receivers/enable', { origin: ORIGIN }),
    ]).toEqual([200, 200, 200, 403, 403, 403, 403]);
    expect(await reread(delivery)).toEqual(delivery);
  });
});

describe('what belongs to another tenant', () => {
  it('is as if there were none, on every path', async () => {
    const taskId = await createTask(api, { callback: { url: 'https://your.example/hook' } });
    await endTask(api, taskId);
    const origin = 'https://private.example';
    const delivery = addDelivery({ taskId, origin });
    api.deliveries.setHealth({ tenantId: tenants.a, origin }, NEW_RECEIVER);
    const asStranger = async (method: string, path: string, json?: object) =>
      (await api.ask(path, { method, key: 'b', ...(json && { json }) })).status;

    expect([
      await asStranger('GET', `/v1/tasks/${taskId}/deliveries`),
      await asStranger('POST', `/v1/tasks/${taskId}/redeliver`),
      await asStranger('GET', `/v1/tasks/deliveries/${delivery.id}`),
      await asStranger('POST', `/v1/tasks/deliveries/${delivery.id}/redeliver`),
      await asStranger('POST', '/v1/callback-urls/receivers/enable', { origin }),
    ]).toEqual([404, 404, 404, 404, 404]);
    const query = `/v1/tasks/deliveries?origin=${origin}`;
    expect(idsOf((await get(query, 'b')) as Page)).toEqual([]);
    const body = { origin, state: 'dead' };
    expect(await dataOf(await post('/v1/tasks/deliveries/redeliver', body, 'b'))).toEqual({
      matched: 0,
      redelivered: 0,
    });
    expect(JSON.stringify(await get('/v1/callback-urls/receivers', 'b'))).not.toContain(origin);
    expect(await reread(delivery)).toEqual(delivery);
  });

  it('answers for it in the very words of what is not there', async () => {
    const { id } = addDelivery();
    const absent = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;

    expect(await strangerIsTold(id)).toBe(await strangerIsTold(absent));
  });
});
