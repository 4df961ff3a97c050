import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs, startBenchStack, TENANTS } from './bench-stack.mjs';
import { createTask, inParallel, openLoadClient } from './load-client.mjs';

const OBSERVED_MS = 20_000;
const PATIENCE_MS = 600_000;

/** No limit of the vendor's in the way: what is measured is the gateway. */
const UNLIMITED = {
  BFL_MAX_IN_FLIGHT: '100000',
  BFL_SUBMITS_PER_SECOND: '100000',
  BFL_CHECKS_PER_SECOND: '100000',
  TASK_DEADLINE_SECONDS: '86400',
  WORKER_CONCURRENCY: '256',
};

/**
 * A backlog is queued with no worker there; then one worker takes it. First: how many tasks a second
 * the dispatcher admits, and how many reach the vendor. Then, with all of them at the vendor: what
 * looking after them costs the worker.
 * @param {{ tasks: number }} size
 */
export async function measureFlow({ tasks }) {
  const stack = await startBenchStack(UNLIMITED);
  try {
    await queue(stack, tasks);
    const worker = await stack.startWorker();
    const submitted = `SELECT count(*)::int AS done FROM attempts WHERE state = 'submitted'`;
    await untilCount(stack, submitted, tasks);
    const admitted = await rateOf(
      stack,
      `SELECT count(*)::int AS count, extract(epoch FROM max(at) - min(at))::float8 AS seconds
       FROM task_events WHERE cause LIKE 'admitted to %'`,
    );
    const reached = await rateOf(
      stack,
      `SELECT count(*)::int AS count, extract(epoch FROM max(submitted_at) - min(submitted_at))::float8 AS seconds
       FROM attempts WHERE submitted_at IS NOT NULL`,
    );
    const [cpuBefore, checksBefore, from] = [
      await cpuMs(worker.pid),
      await checksSoFar(worker.url),
      Date.now(),
    ];
    await sleep(OBSERVED_MS);
    const elapsedMs = Date.now() - from;
    return {
      tasks,
      admittedPerSecond: admitted,
      submittedPerSecond: reached,
      inFlight: tasks,
      workerCpuPercent: (100 * ((await cpuMs(worker.pid)) - cpuBefore)) / elapsedMs,
      checksPerSecond: (1000 * ((await checksSoFar(worker.url)) - checksBefore)) / elapsedMs,
    };
  } finally {
    await stack.stop();
  }
}

/** @param {import('./bench-stack.mjs').BenchStack} stack @param {number} tasks */
async function queue(stack, tasks) {
  const client = openLoadClient(stack.url, { key: TENANTS[0], connections: 64 });
  await inParallel(tasks, 64, (index) =>
    createTask(client, {
      model: 'flux-2-pro',
      input: { prompt: `flow ${index} [[delay:3600s]]` },
    }),
  );
  client.close();
}

/**
 * @param {import('./bench-stack.mjs').BenchStack} stack
 * @param {string} statement counts, as `done`
 * @param {number} wanted
 */
export async function untilCount({ database }, statement, wanted) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await database.query(statement);
    if (rows[0].done >= wanted) return;
    if (Date.now() > until) throw new Error(`${rows[0].done} of ${wanted} after ${PATIENCE_MS} ms`);
    await sleep(50);
  }
}

/** @returns {Promise<number | null>} null where there was nothing to count */
async function rateOf({ database }, statement) {
  const { rows } = await database.query(statement);
  const [{ count, seconds }] = rows;
  return count > 1 && seconds > 0 ? count / seconds : null;
}

/**
 * How often this worker has asked vendors how a job is.
 * @param {string} workerUrl
 */
async function checksSoFar(workerUrl) {
  const metrics = await (await fetch(`${workerUrl}/metrics`)).text();
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('taskgate_job_looks_total '))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
