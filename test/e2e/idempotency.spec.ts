import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let stranger: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  stranger = new GatewayClient(stack.url, stack.keys[1]);
});
afterAll(async () => await stack?.stop());

const bodyOf = (prompt: string): string =>
  JSON.stringify({ model: 'flux-2-pro', input: { prompt } });

const create = async (from: GatewayClient, body: string, key: string): Promise<Answer> =>
  await from.request('/v1/tasks', { body, headers: { 'idempotency-key': key } });

const idOf = ({ body }: Answer): string => (body as { data: { taskId: string } }).data.taskId;

const isReplay = ({ headers }: Answer): string | null => headers.get('idempotent-replay');

describe('an Idempotency-Key', () => {
  it('gives the first task again for the same bytes, and says so', async () => {
    const body = bodyOf('the same');
    const first = await create(client, body, 'same-bytes');
    const taskId = idOf(first);
    await client.untilTerminal(taskId);
    const again = await create(client, body, 'same-bytes');

    expect([first.status, isReplay(first)]).toEqual([200, null]);
    expect([again.status, isReplay(again)]).toEqual([200, 'true']);
    expect(again.body).toMatchObject({ code: 0, data: { taskId, status: 'success' } });
  });

  it('is refused with other bytes, were it only a space', async () => {
    const body = bodyOf('a space');
    const first = await create(client, body, 'other-bytes');
    const other = await create(client, `${body} `, 'other-bytes');

    expect(first.status).toBe(200);
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({
      error_code: 'IDEMPOTENCY_KEY_MISMATCH',
      error: { type: 'idempotency_error', code: 'idempotency_key_mismatch' },
    });
  });

  it('makes one task of fifty requests at once, which is paid once', async () => {
    const prompt = 'fifty at once';
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => await create(client, bodyOf(prompt), 'fifty')),
    );
    const ids = new Set(answers.map(idOf));
    const [taskId = ''] = ids;
    await client.untilTerminal(taskId);

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(ids.size).toBe(1);
    expect(answers.filter((answer) => isReplay(answer) === null)).toHaveLength(1);
    expect(await new SandboxControl(stack.sandbox.url).submits(prompt)).toHaveLength(1);
    expect(await tasksOf(prompt)).toBe(1);
  });

  it('of one tenant is free for another', async () => {
    const mine = await create(client, bodyOf('shared key'), 'shared');
    const theirs = await create(stranger, bodyOf('their own'), 'shared');

    expect([mine.status, theirs.status]).toEqual([200, 200]);
    expect(isReplay(theirs)).toBeNull();
    expect(idOf(theirs)).not.toBe(idOf(mine));
  });

  it('is not used up by a request that was refused', async () => {
    const refused = await create(client, '{"model":"flux-2-pro","input":{}}', 'refused-first');
    const taken = await create(client, bodyOf('now complete'), 'refused-first');

    expect(refused.status).toBe(400);
    expect(taken.status).toBe(200);
    expect(isReplay(taken)).toBeNull();
  });

  it('has at most 255 bytes', async () => {
    const longest = await create(client, bodyOf('longest key'), 'k'.repeat(255));
    const longer = await create(client, bodyOf('longer key'), 'k'.repeat(256));

    expect(longest.status).toBe(200);
    expect(longer.status).toBe(400);
    expect(longer.body).toMatchObject({
      error_code: 'INVALID_REQUEST',
      error: { param: 'Idempotency-Key', message: expect.stringContaining('255') },
    });
  });

  it('left out makes a new task each time', async () => {
    const input = { model: 'flux-2-pro', input: { prompt: 'no key' } };
    const ids = [await client.createTask(input), await client.createTask(input)];

    expect(new Set(ids).size).toBe(2);
  });
});

async function tasksOf(prompt: string): Promise<number> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  try {
    const { rowCount } = await database.query(`SELECT id FROM tasks WHERE input->>'prompt' = $1`, [
      prompt,
    ]);
    return rowCount ?? 0;
  } finally {
    await database.end();
  }
}
