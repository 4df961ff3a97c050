import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import type { AppProcess } from '../support/processes.js';
import { startStackOnOwnServers } from '../support/stack.js';

let stack: Awaited<ReturnType<typeof startStackOnOwnServers>>;
beforeAll(async () => {
  stack = await startStackOnOwnServers({ workers: 0 });
});
afterAll(async () => await stack?.stop());

const BODY = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'no Postgres' }] };

/** Three answered requests; their ids. */
async function ask({ url }: AppProcess): Promise<readonly string[]> {
  const client = new GatewayClient(url, stack.keys[0]);
  const answers = await Promise.all(
    [1, 2, 3].map(async () => await client.request('/v1/chat/completions', { body: BODY })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  return answers.map(({ headers }) => headers.get('x-taskgate-request-id') ?? '');
}

/** All that waits on disk. */
async function spooled(): Promise<string> {
  const folder = join(stack.dataDir, 'spool');
  const names = await readdir(folder).catch(() => []);
  return (
    await Promise.all(names.map(async (name) => await readFile(join(folder, name), 'utf8')))
  ).join('');
}

it('requests answered while Postgres was away are in the audit once, also of processes that were killed and stopped then', async () => {
  const [killed] = stack.apis;
  if (!killed) throw new Error('No API');
  const stopped = await stack.startApi();
  await Promise.all([ask(killed), ask(stopped)]);
  await stack.postgres.stop();

  const ids = (await Promise.all([ask(killed), ask(stopped)])).flat();
  for (const id of ids) await expect.poll(spooled).toContain(id);
  await Promise.all([killed.kill(), stopped.stop()]);
  await stack.postgres.start();
  const next = await stack.startApi();

  const admin = new GatewayClient(next.url, stack.adminToken);
  const rowsOf = async (id: string): Promise<unknown> => {
    const { body } = await admin.request(`/admin/audit?requestId=${id}`);
    return (body as { data: { rows: readonly unknown[] } }).data.rows;
  };
  for (const requestId of ids)
    await expect
      .poll(async () => await rowsOf(requestId))
      .toMatchObject([{ requestId, status: 200 }]);
  await expect.poll(spooled).toBe('');
});
