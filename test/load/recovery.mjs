import { Redis } from 'ioredis';
import { startBenchStack, TENANTS } from './bench-stack.mjs';
import { untilCount } from './flow.mjs';
import { createTask, inParallel, openLoadClient } from './load-client.mjs';

/** How long the vendor works: longer than what is measured takes to be noticed. */
const VENDOR_MS = 3_000;

/**
 * Jobs are at the vendor when a worker is killed with -9 (and another one starts), and when Redis loses
 * everything: how long until the last of them is a success, less the time that the vendor still worked.
 * @param {{ tasks: number }} size
 */
export async function measureRecovery({ tasks }) {
  const stack = await startBenchStack({
    BFL_MAX_IN_FLIGHT: '10000',
    BFL_SUBMITS_PER_SECOND: '10000',
  });
  try {
    let worker = await stack.startWorker();
    const afterKillMs = await recover(stack, tasks, async () => {
      await worker.kill();
      worker = await stack.startWorker();
    });
    const afterFlushMs = await recover(stack, tasks, async () => {
      const redis = new Redis(stack.redisUrl);
      await redis.flushall();
      redis.disconnect();
    });
    return { tasks, vendorMs: VENDOR_MS, afterKillMs, afterFlushMs };
  } finally {
    await stack.stop();
  }
}

/** @param {string} where */
const count = (where) => `SELECT count(*)::int AS done FROM ${where}`;

let rounds = 0;

async function recover(stack, tasks, breakIt) {
  rounds += 1;
  const client = openLoadClient(stack.url, { key: TENANTS[0], connections: 32 });
  const mark = `recovery ${rounds}`;
  const ids = await inParallel(tasks, 32, (index) =>
    createTask(client, {
      model: 'flux-2-pro',
      input: { prompt: `${mark} ${index} [[delay:${VENDOR_MS}ms]]` },
    }),
  );
  client.close();
  const list = ids.map((id) => `'${id}'`).join(',');
  await untilCount(
    stack,
    count(`attempts WHERE submitted_at IS NOT NULL AND task_id IN (${list})`),
    tasks,
  );
  const { rows } = await stack.database.query(
    `SELECT max(submitted_at) AS last FROM attempts WHERE task_id IN (${list})`,
  );
  const vendorDoneAt = rows[0].last.getTime() + VENDOR_MS;
  const brokenAt = Date.now();
  await breakIt();
  await untilCount(stack, count(`tasks WHERE status = 'success' AND id IN (${list})`), tasks);
  return Date.now() - Math.max(brokenAt, vendorDoneAt);
}
