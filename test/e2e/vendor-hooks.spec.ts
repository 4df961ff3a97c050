import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keyring } from '../../libs/tenants/src/keyring.js';
import { VendorHooks } from '../../libs/tasks/src/vendor-hooks.js';
import { GatewayClient } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

const PROMPT = 'hooked';

describe('a vendor’s callback', () => {
  it('is taken as often as it comes, also after the end, and pays nothing twice', async () => {
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt: PROMPT } });
    await client.untilTerminal(taskId);
    const path = hookPath('bfl', await attemptOf(taskId));
    const before = await client.getTask(taskId);
    const answers = [await call(path), await call(path, '{"status":"Ready"}'), await call(path)];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await client.getTask(taskId)).toEqual(before);
    expect(await new SandboxControl(stack.sandbox.url).submits(PROMPT)).toHaveLength(1);
  });

  it('that is forged finds nothing', async () => {
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt: 'forged' } });
    await client.untilTerminal(taskId);
    const attempt = await attemptOf(taskId);
    const nothing = refusal({ status: 404, code: 'NOT_FOUND', says: /No such hook/ });

    for (const path of [
      `/hooks/bfl/${attempt}/${'A'.repeat(32)}`,
      hookPath('vertex', attempt).replace('/vertex/', '/bfl/'),
      hookPath('bfl', 'at-00000000000000000000000000'),
    ]) {
      const response = await call(path, '{"status":"Ready"}');
      const { status, headers } = response;
      expect(refused({ status, headers, body: await response.json() })).toEqual(nothing);
    }
  });

  it('takes no other method', async () => {
    const response = await fetch(`${stack.url}/hooks/bfl/at-1/x`);

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});

const call = async (path: string, body?: string): Promise<Response> =>
  await fetch(stack.url + path, {
    method: 'POST',
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  });

/** The master key of every test stack. */
function hookPath(provider: string, attemptId: string): string {
  const secrets = new Keyring(Buffer.alloc(32, 7)).derive('vendor-hook');
  const hooks = new VendorHooks(stack.url, secrets, { baseUrlOf: () => stack.sandbox.url });
  return new URL(hooks.urlFor(provider, attemptId) ?? '').pathname;
}

async function attemptOf(taskId: string): Promise<string> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ id: string }>(
      'SELECT id FROM attempts WHERE task_id = $1',
      [taskId],
    );
    return rows[0]?.id ?? '';
  } finally {
    await database.end();
  }
}
