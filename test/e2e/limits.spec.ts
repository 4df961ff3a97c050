import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { readMetric } from '../support/metrics.js';
import type { OwnRedis } from '../support/redis.js';
import { type Stack, startStackOnOwnServers } from '../support/stack.js';
import { withRedis } from '../support/with-redis.js';

let stack: Stack & { readonly redis: OwnRedis };
let operator: GatewayClient;
let database: Client;

beforeAll(async () => {
  // Tasks wait: what is held stays held. A busy machine is no reason to count alone.
  stack = await startStackOnOwnServers({
    apis: 2,
    workers: 0,
    env: { LIMITS_TIMEOUT_MS: '2000' },
  });
  operator = new GatewayClient(stack.url, stack.adminToken);
  database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await stack?.stop();
});

const dataOf = ({ body }: Answer): unknown => (body as { data: unknown }).data;
const BODY = { model: 'flux-2-pro', input: { prompt: 'a paper boat' } };

interface Tenant {
  readonly id: string;
  /** A client of each API. */
  readonly clients: readonly [GatewayClient, GatewayClient];
}

async function tenant(name: string, policy: object): Promise<Tenant> {
  const made = dataOf(await operator.request('/admin/tenants', { body: { name, policy } }));
  const { id } = made as { id: string };
  const keys = await operator.request(`/admin/tenants/${id}/keys`, { body: {} });
  const { key } = dataOf(keys) as { key: string };
  const [one = stack.url, other = stack.url] = stack.apis.map(({ url }) => url);
  return { id, clients: [new GatewayClient(one, key), new GatewayClient(other, key)] };
}

const create = async (client: GatewayClient, headers = {}, body: object = BODY): Promise<Answer> =>
  await client.request('/v1/tasks', { body, headers });

const manyAtOnce = async ({ clients }: Tenant, count: number): Promise<Answer[]> =>
  await Promise.all(
    Array.from({ length: count }, async (_, index) => await create(clients[index % 2 ? 1 : 0])),
  );

function statuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const costUsd = async ({ clients: [client] }: Tenant): Promise<number> =>
  (dataOf(await client.request('/v1/tasks/quote', { body: BODY })) as { costUsd: number }).costUsd;

async function heldUsd(tenantId: string): Promise<number> {
  const sql = 'SELECT (held + spent)::text AS nano FROM balances WHERE scope = $1';
  const { rows } = await database.query<{ nano: string }>(sql, [tenantId]);
  return Number(rows[0]?.nano ?? 0) / 1e9;
}

const pendingMoney = async (): Promise<number> =>
  await withRedis(stack.redis.url, async (redis) => {
    const [key] = await redis.keys('*limits:pending');
    return key === undefined ? 0 : await redis.zcard(key);
  });

describe('a limit of requests', () => {
  it('lets exactly as many through as it says, over two processes', async () => {
    const many = await tenant('a-hundred', { requestsPerMinute: 100 });

    const answers = await manyAtOnce(many, 200);

    expect(statuses(answers)).toEqual({ 200: 100, 429: 100 });
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ error_code: 'RATE_LIMIT_EXCEEDED' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused?.headers.get('retry-after-ms'))).toBeGreaterThan(0);
    expect(refused?.headers.get('x-ratelimit-limit-requests')).toBe('100');
    expect(refused?.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(refused?.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+s|1m0s)$/);
  });

  it('is not used by what is replayed or refused, nor by reads, which have their own', async () => {
    const few = await tenant('a-few', { requestsPerMinute: 2, readsPerMinute: 2 });
    const [client] = few.clients;
    const first = await create(client, { 'idempotency-key': 'one' });
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1');

    const replay = await create(client, { 'idempotency-key': 'one' });
    const bad = await create(client, {}, { ...BODY, input: {} });
    const dear = await create(client, { 'x-taskgate-max-cost': '0.000001' });
    const second = await create(client);
    const reads = [];
    for (let at = 0; at < 3; at += 1) reads.push((await client.request('/v1/tasks')).status);

    expect([replay, bad, dear, second].map(({ status }) => status)).toEqual([200, 400, 402, 200]);
    expect(dear.body).toMatchObject({
      error_code: 'BUDGET_EXCEEDED',
      error: { param: 'max_cost' },
    });
    expect((await create(client)).status).toBe(429);
    expect((await create(client, { 'idempotency-key': 'one' })).status).toBe(200);
    expect(reads).toEqual([200, 200, 429]);
  });

  it('holds for each task of a batch', async () => {
    const few = await tenant('batches', { requestsPerMinute: 3 });
    const tasks = Array.from({ length: 5 }, () => BODY);

    const answer = await few.clients[0].request('/v1/tasks/batch', { body: { tasks } });

    expect(dataOf(answer)).toMatchObject({ accepted: 3, refused: 2 });
  });
});

describe('a budget', () => {
  it('is never passed by creates at once, and is told in a quote', async () => {
    const cost = await costUsd(await tenant('asks', {}));
    const poor = await tenant('poor', { dailyBudgetUsd: cost * 20 });

    const answers = await manyAtOnce(poor, 60);

    expect(statuses(answers)).toEqual({ 200: 20, 402: 40 });
    expect(await heldUsd(poor.id)).toBeCloseTo(cost * 20, 9);
    expect(answers.find(({ status }) => status === 402)?.body).toMatchObject({
      error_code: 'BUDGET_EXCEEDED',
      message: expect.stringMatching(/^The budget of .* USD a day of your account has 0 USD left/),
    });
    const quote = await poor.clients[0].request('/v1/tasks/quote', { body: BODY });
    expect(dataOf(quote)).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('budget'),
    });
  });

  it('takes nothing whose price nobody knows', async () => {
    const careful = await tenant('careful', { monthlyBudgetUsd: 5 });

    const answer = await create(careful.clients[0], {}, { ...BODY, model: 'qwen-image-2-0' });

    expect(answer).toMatchObject({ status: 402, body: { error_code: 'BUDGET_EXCEEDED' } });
  });

  it('is read from the ledger before anything is admitted by an emptied Redis', async () => {
    const cost = await costUsd(await tenant('asks-again', {}));
    const poor = await tenant('flushed', { dailyBudgetUsd: cost * 10 });
    expect(statuses(await manyAtOnce(poor, 6))).toEqual({ 200: 6 });

    await stack.redis.flush();
    const answers = await manyAtOnce(poor, 20);

    expect(statuses(answers)).toEqual({ 200: 4, 402: 16 });
    expect(await heldUsd(poor.id)).toBeCloseTo(cost * 10, 9);
  });
});

describe('without Redis', () => {
  it('each process counts alone and says so; budgets are those of the ledger', async () => {
    const cost = await costUsd(await tenant('asks-once-more', {}));
    const [api = { url: '' }] = stack.apis;
    const few = await tenant('alone', { requestsPerMinute: 3 });
    const poor = await tenant('alone-and-poor', { dailyBudgetUsd: cost * 3 });
    await create(poor.clients[0]);
    // For a moment it counts as held and as on its way.
    await expect.poll(pendingMoney).toBe(0);
    await stack.redis.stop('SIGKILL');

    expect(statuses(await manyAtOnce(few, 20))).toEqual({ 200: 6, 429: 14 });
    const alone: Tenant = { ...poor, clients: [poor.clients[0], poor.clients[0]] };
    expect(statuses(await manyAtOnce(alone, 5))).toEqual({ 200: 2, 402: 3 });
    expect(await readMetric(api.url, 'taskgate_limits_local')).toBe(1);

    await stack.redis.start();
    await expect.poll(async () => await readMetric(api.url, 'taskgate_limits_local')).toBe(0);
    expect((await create(poor.clients[1])).status).toBe(402);
  });
});
