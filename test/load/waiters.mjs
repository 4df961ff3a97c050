import { setTimeout as sleep } from 'node:timers/promises';
import { commitsSoFar, cpuMs, startBenchStack, TENANTS } from './bench-stack.mjs';
import { createTask, inParallel, openLoadClient } from './load-client.mjs';

const OBSERVED_MS = 10_000;
/** A connection of Postgres that falls idle tells its counts late. */
const SETTLE_MS = 30_000;

/**
 * Clients that long-poll tasks which do not change (no worker runs): what they cost Postgres.
 * @param {{ waiters: number }} size
 */
export async function measureWaiters({ waiters }) {
  const stack = await startBenchStack();
  try {
    const client = openLoadClient(stack.url, { key: TENANTS[0], connections: waiters });
    await sleep(SETTLE_MS);
    const idle = await observe(stack);
    const ids = await inParallel(waiters, 64, (index) =>
      createTask(client, { model: 'flux-2-pro', input: { prompt: `waited for ${index}` } }),
    );
    const waiting = ids.map((id) => client.call(`/v1/tasks/${id}?wait=60`).catch(() => null));
    await sleep(SETTLE_MS);
    const busy = await observe(stack);
    client.close();
    await Promise.all(waiting);
    return {
      waiters,
      statementsPerSecondIdle: idle.perSecond,
      statementsPerSecond: busy.perSecond,
      apiCpuPercent: busy.cpuPercent,
    };
  } finally {
    await stack.stop();
  }
}

async function observe({ database, api }) {
  const [commits, cpu, from] = [await commitsSoFar(database), await cpuMs(api.pid), Date.now()];
  await sleep(OBSERVED_MS);
  const elapsedMs = Date.now() - from;
  return {
    perSecond: (1000 * ((await commitsSoFar(database)) - commits)) / elapsedMs,
    cpuPercent: (100 * ((await cpuMs(api.pid)) - cpu)) / elapsedMs,
  };
}
