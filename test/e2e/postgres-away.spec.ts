import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { startStackOnOwnServers } from '../support/stack.js';

/** What an HTTP client of the impatient kind waits. */
const PATIENCE_MS = 10_000;
const AWAY = { error_code: 'SERVICE_UNAVAILABLE', error: { type: 'server_error' } };

let stack: Awaited<ReturnType<typeof startStackOnOwnServers>>;
let client: GatewayClient;
let admin: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStackOnOwnServers({ env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  admin = new GatewayClient(stack.url, stack.adminToken);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

describe('while Postgres is away', () => {
  const prompt = 'in the call while Postgres is away [[delay:3s]]';
  const answers: Answer[] = [];
  let known: string;
  let underWay: string;

  beforeAll(async () => {
    known = await create('flux-2-pro', 'finished before');
    await client.untilTerminal(known);
    underWay = await create('gpt-image-2', prompt);
    await untilSubmitted(prompt);
    await stack.postgres.stop();
  });

  it('a new task is refused at once, with the time to come back', async () => {
    const body = { model: 'flux-2-pro', input: { prompt: 'refused' } };
    const answer = await soon('/v1/tasks', { body });

    expect(answer).toMatchObject({ status: 503, body: AWAY });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('a task cannot be shown, and that is said', async () => {
    expect(await soon(`/v1/tasks/${known}`)).toMatchObject({ status: 503, body: AWAY });
  });

  it('a key that was never seen is not taken for a wrong one', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);

    expect(await stranger.request('/v1/models')).toMatchObject({ status: 503, body: AWAY });
  });

  it('the pass-through works with a key that was seen before', async () => {
    const body = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'no Postgres' }] };

    expect(await soon('/v1/chat/completions', { body })).toMatchObject({ status: 200 });
  });

  it('API and worker leave the load balancer and name what they miss', async () => {
    const ready = await soon('/readyz');
    const worker = await fetch(`${stack.workers[0]?.url}/readyz`);

    expect(ready).toMatchObject({ status: 503, body: { postgres: 'away', redis: 'ok' } });
    expect(worker.status).toBe(503);
    expect(await worker.json()).toMatchObject({ postgres: 'away', redis: 'ok' });
    expect((await soon('/healthz')).status).toBe(200);
  });

  it('a vendor answers a call in progress: the result waits in the worker', async () => {
    await expect
      .poll(() => stack.workers[0]?.logs(), { timeout: PATIENCE_MS })
      .toContainEqual(expect.stringContaining('waiting for Postgres'));
  });

  describe('and once it is back', () => {
    beforeAll(async () => await stack.postgres.start());

    it('that result is recorded, without a second submit', async () => {
      expect(await client.untilTerminal(underWay)).toMatchObject({ status: 'success' });
      expect(await sandbox.submits(prompt)).toHaveLength(1);
    });

    it('the same processes work again', async () => {
      expect((await soon('/readyz')).status).toBe(200);
      expect(await client.getTask(known)).toMatchObject({ status: 'success' });
      const taskId = await create('flux-2-pro', 'afterwards');
      expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'success' });
      const lives = await Promise.all(
        [...stack.apis, ...stack.workers].map(
          async ({ url }) => (await fetch(`${url}/healthz`)).ok,
        ),
      );
      expect(lives).toEqual([true, true]);
    });

    it('the audit has a row for each request of that time', async () => {
      const asked = answers.filter(({ body }) => !isHealth(body));

      for (const { status, headers } of asked) {
        const requestId = headers.get('x-taskgate-request-id');
        await vi.waitFor(async () => {
          const { body } = await admin.request(`/admin/audit?requestId=${requestId}`);
          expect(body).toMatchObject({ data: { rows: [{ requestId, status }] } });
        }, PATIENCE_MS);
      }
      expect(asked.map(({ status }) => status)).toEqual([503, 503, 200]);
    });
  });

  const soon: GatewayClient['request'] = async (path, options) => {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const answer = await Promise.race([
      client.request(path, options),
      new Promise<never>((_, reject) => {
        late.addEventListener('abort', () => reject(new Error(`${path} has not answered`)));
      }),
    ]);
    answers.push(answer);
    return answer;
  };
});

describe('when Postgres is away for longer than a lease', () => {
  it('calls in progress are not given up, whether they end before it is back or after', async ({
    annotate,
  }) => {
    const before = 'answered during the outage [[delay:5s]]';
    const after = 'answered after the outage [[delay:27s]]';
    const taskIds = [await create('gpt-image-2', before), await create('gpt-image-2', after)];
    await Promise.all([before, after].map(untilSubmitted));
    const leasesEndAtMs = await lastLease();
    await stack.postgres.stop();
    const stoppedAtMs = Date.now();
    // Lease and grace must be over, so that only who else may judge it protects the call.
    await vi.waitUntil(() => Date.now() > leasesEndAtMs + 9_000, 30_000);
    await stack.postgres.start();
    await annotate(`Postgres was away for ${Date.now() - stoppedAtMs} ms`);
    const tasks = await Promise.all(
      taskIds.map(async (id) => await client.untilTerminal(id, 30_000)),
    );

    expect(tasks).toMatchObject([{ status: 'success' }, { status: 'success' }]);
    expect(await sandbox.submits(before)).toHaveLength(1);
    expect(await sandbox.submits(after)).toHaveLength(1);
  });
});

describe('when Postgres goes away right after an API started', () => {
  it('a key that was seen once, at the very first moment, is known', async () => {
    const api = await stack.startApi();
    const early = new GatewayClient(api.url, stack.keys[1]);
    expect((await early.request('/v1/models')).status).toBe(200);

    await stack.postgres.stop();
    const answer = await early.request('/v1/models');
    await stack.postgres.start();

    expect(answer.status).toBe(200);
  });
});

async function create(model: string, prompt: string): Promise<string> {
  return await client.createTask({ model, input: { prompt } });
}

async function untilSubmitted(prompt: string): Promise<void> {
  await vi.waitUntil(async () => (await sandbox.submits(prompt)).length > 0, PATIENCE_MS);
}

/** When the last of the leases ends that somebody holds now, Unix milliseconds. */
async function lastLease(): Promise<number> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  const { rows } = await database.query<{ ends: Date }>(
    `SELECT max(lease_until) AS ends FROM attempts WHERE state = 'submitting'`,
  );
  await database.end();
  return rows[0]?.ends.getTime() ?? 0;
}

const isHealth = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'status' in body;
