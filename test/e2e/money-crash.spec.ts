import { Database, isProved, PostgresLedgerStore, verifyLedger } from '@app/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

/**
 * The lease of a killed worker, and then two minutes in which FLUX may call back for a submit whose answer is lost;
 * the rest is for a busy machine.
 */
const TAKE_OVER_MS = 200_000;
/** So many fit into the budget; more are asked for. */
const FITTING = 12;
const ASKED = 30;

let stack: Stack;
let database: Database;
let tenantId: string;
let estimateNanoUsd: number;
const taken: string[] = [];

/** A create whose API may die in the middle: null where it did, or where the budget was in the way. */
const create = async (client: GatewayClient, index: number): Promise<string | null> => {
  const input = { prompt: `worth money ${index} [[delay:2s]]` };
  const answer = await client
    .request('/v1/tasks', { body: { model: 'flux-2-pro', input } })
    .catch(() => null);
  if (answer === null || answer.status === 402) return null;
  const { data } = answer.body as { data?: { taskId?: string } }; // the envelope
  return data?.taskId ?? null;
};

async function priceOf(client: GatewayClient): Promise<number> {
  const body = { model: 'flux-2-pro', input: { prompt: 'a cat' } };
  const quoted = await client.request('/v1/tasks/quote', { body });
  return (quoted.body as { data: { costUsd: number } }).data.costUsd; // the envelope
}

beforeAll(async () => {
  stack = await startStack({ apis: 2, workers: 2 });
  database = new Database(stack.databaseUrl, { maxConnections: 2 });
  const [first = '', second = ''] = stack.apis.map(({ url }) => url);
  const clients = [first, second].map((url) => new GatewayClient(url, stack.keys[0]));
  const [{ id } = { id: '' }] = await database.query<{ id: string }>(
    'SELECT id FROM tenants WHERE name = $1',
    [stack.keys[0]],
  );
  tenantId = id;
  // By the other tenant: what is asked for with this one's key comes after its budget.
  const costUsd = await priceOf(new GatewayClient(first, stack.keys[1]));
  estimateNanoUsd = Math.round(costUsd * 1e9);
  const policy = { dailyBudgetUsd: costUsd * (FITTING + 0.5) };
  const admin = new GatewayClient(first, stack.adminToken);
  await admin.request(`/admin/tenants/${tenantId}`, { method: 'PATCH', body: { policy } });

  const creating = Array.from({ length: ASKED }, async (_, index) => {
    const client = clients[index % 2];
    const made = client && (await create(client, index));
    if (made) taken.push(made);
    // In the middle of the creates and of what follows from them.
    if (index === ASKED / 2) await Promise.all([stack.apis[1]?.kill(), stack.workers[0]?.kill()]);
  });
  await Promise.all(creating);
  await stack.killWorkers();
  await stack.startWorker();
}, 240_000);
afterAll(async () => {
  await database?.close();
  await stack?.stop();
});

describe('after a kill -9 of an API and of every worker in the middle of creates and ends', () => {
  it('every task that was made ends', async () => {
    const client = new GatewayClient(stack.url, stack.keys[0]);
    await Promise.all(taken.map(async (id) => await client.untilTerminal(id, TAKE_OVER_MS)));
    await expect
      .poll(
        async () =>
          await database.query('SELECT id FROM tasks WHERE completed_at IS NULL LIMIT 1', []),
        { timeout: TAKE_OVER_MS },
      )
      .toEqual([]);

    expect(taken.length).toBeGreaterThan(0);
  }, 420_000);

  it('nothing is held, no more is spent than the budget, and the ledger is proved', async () => {
    const [balance] = await new PostgresLedgerStore(database).balances([tenantId]);
    const proof = await verifyLedger(database);

    expect(proof.differences).toEqual([]);
    expect(isProved(proof)).toBe(true);
    expect(balance?.held).toBe(0n);
    expect(Number(balance?.spent)).toBeGreaterThan(0);
    expect(Number(balance?.daySpent)).toBeLessThanOrEqual(estimateNanoUsd * (FITTING + 0.5));
  });
});
