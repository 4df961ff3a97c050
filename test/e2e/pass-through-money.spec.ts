import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { GatewayClient } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';
import { withRedis } from '../support/with-redis.js';

let stack: Stack;
let admin: GatewayClient;
let sandbox: SandboxControl;
let made = 0;

beforeAll(async () => {
  stack = await startStack({ workers: 0, apis: 2 });
  admin = new GatewayClient(stack.url, stack.adminToken);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

interface Caller {
  readonly tenantId: string;
  readonly keyId: string;
  readonly client: GatewayClient;
  /** The same key at the other API. */
  readonly elsewhere: GatewayClient;
}

async function caller(policy: object = {}, keyPolicy: object = {}): Promise<Caller> {
  made += 1;
  const tenant = await dataOf<{ id: string }>('/admin/tenants', { name: `money-${made}`, policy });
  const path = `/admin/tenants/${tenant.id}/keys`;
  const key = await dataOf<{ id: string; key: string }>(path, { policy: keyPolicy });
  return {
    tenantId: tenant.id,
    keyId: key.id,
    client: new GatewayClient(stack.url, key.key),
    elsewhere: new GatewayClient(stack.apis[1]?.url ?? stack.url, key.key),
  };
}

async function dataOf<T>(path: string, body?: object, method?: string): Promise<T> {
  const answer = await admin.request(path, {
    ...(body && { body }),
    ...(method !== undefined && { method }),
  });
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return (answer.body as { data: T }).data; // the envelope of the contract
}

const CHAT = '/v1/chat/completions';
const chat = (content: string, more: object = {}) => ({
  model: 'gpt-4o',
  max_tokens: 50,
  messages: [{ role: 'user', content }],
  ...more,
});
/** What the sandbox says it used, at the prices of gpt-4o. */
function priceOf(body: unknown): number {
  const { usage } = body as { usage: { prompt_tokens: number; completion_tokens: number } }; // OpenAI's
  return usage.prompt_tokens * 2_500 + usage.completion_tokens * 10_000;
}

interface Row {
  readonly kind: string;
  readonly amount: string | null;
  readonly source: string | null;
  readonly keyId: string;
  readonly model: string;
  readonly tokensOut: string | null;
  readonly priceVersion: string;
}

const ledgerOf = async ({ tenantId }: Caller): Promise<Row[]> =>
  await withDatabase(
    stack.databaseUrl,
    async (query) =>
      await query<Row>(
        `SELECT kind, amount_nano_usd::text AS amount, source, key_id AS "keyId", model, tokens_out::text AS "tokensOut",
           price_version AS "priceVersion" FROM ledger WHERE tenant_id = $1 ORDER BY id`,
        [tenantId],
      ),
  );

const balanceOf = async (scope: string): Promise<{ spent: string; held: string } | undefined> =>
  await withDatabase(
    stack.databaseUrl,
    async (query) =>
      (
        await query<{ spent: string; held: string }>(
          'SELECT spent::text, held::text FROM balances WHERE scope = $1',
          [scope],
        )
      )[0],
  );

/** Once all that was asked for is in the ledger. */
const untilCharged = async (who: Caller, charges: number): Promise<Row[]> => {
  await expect
    .poll(async () => (await ledgerOf(who)).filter(({ kind }) => kind === 'charge').length)
    .toBe(charges);
  return await ledgerOf(who);
};

describe('what calls of the pass-through cost', () => {
  it('is charged by what the upstream says it used, plain and streamed, and noted in the audit', async () => {
    const who = await caller();
    const plain = await who.client.request(CHAT, { body: chat('good morning') });
    const options = { stream: true, stream_options: { include_usage: true } };
    await who.client.request(CHAT, { body: chat('good evening', options) });
    const rows = await untilCharged(who, 2);

    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      amount: String(priceOf(plain.body)),
      source: 'provider',
      keyId: who.keyId,
      model: 'gpt-4o',
    });
    expect(rows[1]).toMatchObject({ source: 'provider' });
    const audit = `/admin/audit?requestId=${plain.headers.get('x-taskgate-request-id')}`;
    await expect
      .poll(async () => (await dataOf<{ rows: unknown[] }>(audit)).rows)
      .toMatchObject([{ costUsd: priceOf(plain.body) / 1e9 }]);
  });

  it('is estimated of a stream that tells no usage, and says so', async () => {
    const who = await caller();
    const silent = { stream: true, stream_options: { include_usage: false } };
    await who.client.request(CHAT, { body: chat('one two three', silent) });

    const [row] = await untilCharged(who, 1);

    expect(row).toMatchObject({ source: 'estimated' });
    expect(Number(row?.amount)).toBeGreaterThan(0);
  });

  it('is as the upstream reports it of a stream whose caller did not ask, and who is not told', async () => {
    const who = await caller();
    const answer = await who.client.request(CHAT, { body: chat('one two', { stream: true }) });

    const [row] = await untilCharged(who, 1);

    expect(row).toMatchObject({ source: 'provider' });
    expect(JSON.stringify(answer.body)).not.toContain('usage');
  });

  it('is by what goes in of embeddings', async () => {
    const who = await caller();
    const body = { model: 'text-embedding-3-small', input: 'hello' };
    const answer = await who.client.request('/v1/embeddings', { body });
    const { usage } = answer.body as { usage: { prompt_tokens: number } }; // OpenAI's

    const [row] = await untilCharged(who, 1);

    expect(row?.amount).toBe(String(usage.prompt_tokens * 20));
  });

  it('is unknown, and flagged, of a model that no list has; nothing of what the upstream refuses', async () => {
    const who = await caller();
    await who.client.request(CHAT, { body: chat('hello', { model: 'gpt-9-unlisted' }) });
    await who.client.request(CHAT, { body: chat('hello', { max_tokens: -1 }) });
    await who.client.request('/v1/models');

    expect(await untilCharged(who, 1)).toMatchObject([{ kind: 'charge', amount: null }]);
  });
});

describe('a budget', () => {
  it('ends with 402, says so, and sends nothing upstream', async () => {
    const who = await caller({ dailyBudgetUsd: 0.0008 });
    const first = await who.client.request(CHAT, { body: chat('within the budget') });
    const second = await who.client.request(CHAT, { body: chat('beyond the budget', { n: 2 }) });

    expect(first.status).toBe(200);
    expect(refused(second)).toEqual(refusal({ status: 402, code: 'BUDGET_EXCEEDED', says: /day/ }));
    expect(await sandbox.submits('beyond the budget')).toEqual([]);
  });

  it('refuses what nobody knows the price of, or the length', async () => {
    const who = await caller({ monthlyBudgetUsd: 100 });
    const body = chat('unlisted under a budget', { model: 'gpt-9-unlisted' });
    const unknown = await who.client.request(CHAT, { body });
    const { max_tokens: _, ...open } = chat('open end', { model: 'gpt-5.3' });
    const unbounded = await who.client.request(CHAT, { body: open });

    expect(refused(unknown)).toEqual(
      refusal({ status: 402, code: 'BUDGET_EXCEEDED', param: 'model' }),
    );
    expect(refused(unbounded)).toEqual(
      refusal({ status: 402, code: 'BUDGET_EXCEEDED', param: 'max_completion_tokens' }),
    );
    expect(await sandbox.submits('unlisted under a budget')).toEqual([]);
    expect(await ledgerOf(who)).toEqual([]);
  });

  it('of a key counts beside the tenant’s', async () => {
    const who = await caller({ dailyBudgetUsd: 5 }, { dailyBudgetUsd: 0.0003 });

    const answer = await who.client.request(CHAT, { body: chat('beyond the key') });

    expect(refused(answer)).toEqual(
      refusal({ status: 402, code: 'BUDGET_EXCEEDED', says: /this key/ }),
    );
  });

  it('for 100 calls lets 200 at once, at two processes, spend no more, and is whole again after', async () => {
    const body = chat('all at once');
    const bound = Math.ceil(JSON.stringify(body).length / 2) * 2_500 + 50 * 10_000;
    const who = await caller({ dailyBudgetUsd: (bound * 100) / 1e9 });

    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const client = index % 2 === 0 ? who.client : who.elsewhere;
        return await client.request(CHAT, { body });
      }),
    );

    const taken = answers.filter(({ status }) => status === 200);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 402]));
    // What a call did not use is free again for those behind it, so more than 100 may have gone through.
    expect(taken.length).toBeGreaterThanOrEqual(100);
    const spent = taken.reduce((sum, answer) => sum + priceOf(answer.body), 0);
    expect(spent).toBeLessThanOrEqual(bound * 100);
    await untilCharged(who, taken.length);
    await expect
      .poll(async () => await balanceOf(who.tenantId))
      .toEqual({ spent: String(spent), held: '0' });
    expect(await sandbox.submits('all at once')).toHaveLength(taken.length);
    await expect.poll(pending).toBe(0);
  });
});

/** Money of anybody that is reserved and not in the ledger yet, as the limits count it. */
const pending = async (): Promise<number> =>
  await withRedis(stack.redis.url, async (redis) => {
    const [key] = await redis.keys('*limits:pending');
    return key === undefined ? 0 : await redis.zcard(key);
  });

describe('x-taskgate-max-cost', () => {
  it('lets through what may cost no more, and refuses the rest before it is sent', async () => {
    const who = await caller();
    const ask = async (usd: string) =>
      await who.client.request(CHAT, {
        body: chat(`at most ${usd}`),
        headers: { 'x-taskgate-max-cost': usd },
      });

    expect((await ask('0.01')).status).toBe(200);
    expect(refused(await ask('0.0001'))).toEqual(
      refusal({ status: 402, code: 'BUDGET_EXCEEDED', param: 'x-taskgate-max-cost' }),
    );
    expect(await sandbox.submits('at most 0.0001')).toEqual([]);
  });
});

describe('GET and PUT /admin/prices', () => {
  it('put another table in force everywhere, whose version each charge names', async () => {
    const who = await caller();
    const shipped = await dataOf<{ version: string; prices: object[] }>('/admin/prices');
    const row = { model: 'gpt-4o', usd: 0, per: 1_000_000, mark: 'O', source: 'ours' };
    const prices = [
      { ...row, unit: 'text-in-token' },
      { ...row, unit: 'text-out-token', usd: 1 },
    ];
    await dataOf('/admin/prices', { version: 'of-the-test', prices }, 'PUT');
    const again = await admin.request('/admin/prices', {
      method: 'PUT',
      body: { version: 'of-the-test', prices },
    });
    await expect
      .poll(async () => {
        await who.elsewhere.request(CHAT, { body: chat('at other prices') });
        return (await ledgerOf(who)).at(-1);
      })
      .toMatchObject({ priceVersion: 'of-the-test' });
    const charge = (await ledgerOf(who)).find(({ priceVersion }) => priceVersion === 'of-the-test');

    expect(Number(charge?.amount)).toBe(Number(charge?.tokensOut) * 1_000);
    expect(refused(again)).toEqual(
      refusal({ status: 400, code: 'INVALID_REQUEST', param: 'version' }),
    );
    const older = await dataOf<object>(`/admin/prices?version=${shipped.version}`);
    expect(older).toMatchObject({ prices: shipped.prices, inForce: 'of-the-test' });
    const none = await admin.request('/admin/prices?version=none');
    expect(refused(none)).toEqual(refusal({ status: 404, code: 'NOT_FOUND', param: 'version' }));
  });
});
