import { setTimeout as sleep } from 'node:timers/promises';
import { postBare } from './bare-posts.mjs';
import { memoryMiB, percentile, startBenchStack } from './bench-stack.mjs';
import { createTask, openLoadClient } from './load-client.mjs';
import { untilCount } from './flow.mjs';
import { startReceivers } from './receivers.mjs';
import { endTasks, seedEndingTasks, tenantOf } from './seed-deliveries.mjs';

/** One receiver that takes whatever comes. */
const NO_LIMITS = {
  CALLBACK_RECEIVER_CONCURRENCY: '1000',
  CALLBACK_RECEIVER_PER_SECOND: '10000',
};
/** What one worker sends at once to one tenant's receivers. */
const AT_ONCE = 256;
const MIXED = { dead: 10, tarpits: 1 };
/** Of a hundred. */
const WELL = 100 - MIXED.dead - MIXED.tarpits;
/** Callbacks that wait for each dead or silent receiver when the steady stream begins. */
const WAITING_EACH = 20;
const TICK_MS = 20;
const WARM_UP_MS = 2_000;
/** So long a fresh worker works before its callbacks are timed: Node compiles what it runs often first. */
const WARM_UP_SECONDS = 10;
const KEYS = Array.from({ length: 10 }, (_, index) => `bench-${index}`);
const STACK = {
  INTERNAL_KEYS: KEYS.join(','),
  SANDBOX_DELAY_MS: '50',
  BFL_MAX_IN_FLIGHT: '10000',
  BFL_SUBMITS_PER_SECOND: '10000',
};

/**
 * Callbacks: how many a second one worker delivers of a backlog, beside a bare loop that posts the same;
 * how long one takes from the end of its task to its receiver in a steady stream, alone and beside
 * receivers that are dead or never answer; and what ten thousand due retries cost in memory.
 * Backlogs are tasks ended by SQL, so that no vendor and no other step takes part.
 * @param {{ backlog: number, perSecond: number, tasksPerSecond: number, seconds: number, receivers: number, retries: number }} size
 */
export async function measureDeliveries({
  backlog,
  perSecond,
  tasksPerSecond,
  seconds,
  receivers,
  retries,
}) {
  const stack = await startBenchStack(STACK);
  const receiving = await startReceivers();
  const clients = KEYS.map((key) => openLoadClient(stack.url, { key, connections: 4 }));
  try {
    const like = await deliverOne(stack, receiving, clients);
    const bench = { stack, receiving, clients, like, runs: 0 };
    const one = receiving.urls({ network: 20, origins: 1 });
    const hundred = receiving.urls({ network: 21, origins: 100 });
    const mixed = receiving.urls({ network: 22, origins: receivers, ...MIXED });
    const steady = { seconds, receivers };
    return {
      backlog,
      receivers,
      mixed: MIXED,
      oneReceiver: await drain(bench, { urls: one, tasks: backlog, tenants: 1, env: NO_LIMITS }),
      hundredReceivers: await drain(bench, { urls: hundred, tasks: backlog }),
      mixedReceivers: await drain(bench, { urls: mixed, tasks: backlog, share: WELL / 100 }),
      bareOneReceiver: await bare(bench, one, backlog),
      bareHundredReceivers: await bare(bench, hundred, backlog),
      byWorker: await both(bench, { end: endByWorker, perSecond: tasksPerSecond, ...steady }),
      bySql: await both(bench, { end: endBySql, perSecond, ...steady }),
      memory: await remember(bench, { receivers, retries }),
    };
  } finally {
    for (const client of clients) client.close();
    receiving.stop();
    await stack.stop();
  }
}

/**
 * A steady stream of ends of tasks, alone and beside a single receiver that never answers.
 * @param {{ tasksPerSecond: number, seconds: number, receivers: number }} size
 */
export async function measureTarpit({ tasksPerSecond, seconds, receivers }) {
  const stack = await startBenchStack(STACK);
  const receiving = await startReceivers();
  const clients = KEYS.map((key) => openLoadClient(stack.url, { key, connections: 4 }));
  try {
    const like = await deliverOne(stack, receiving, clients);
    const plan = { end: endByWorker, perSecond: tasksPerSecond, seconds, receivers };
    const one = { tarpits: 1, outOf: receivers };
    return {
      receivers,
      byWorker: await both({ stack, receiving, clients, like, runs: 0 }, plan, one),
    };
  } finally {
    for (const client of clients) client.close();
    receiving.stop();
    await stack.stop();
  }
}

/** A real one, whose rows are copied. */
async function deliverOne(stack, receiving, clients) {
  // Tenants have had a secret for long when they have ten thousand callbacks.
  await Promise.all(clients.map((client) => client.call('/v1/callback-secret')));
  const [client] = clients;
  const worker = await stack.startWorker();
  const [url] = receiving.urls({ network: 19, origins: 1 });
  const prompt = 'bench: a glass data center at golden hour, isometric';
  const body = { model: 'flux-2-pro', input: { prompt }, callback: { url } };
  const taskId = await createTask(client, body);
  await untilCount(
    stack,
    `SELECT count(*)::int AS done FROM deliveries WHERE state = 'delivered'`,
    1,
  );
  await worker.kill();
  const { rows } = await stack.database.query('SELECT body FROM deliveries WHERE task_id = $1', [
    taskId,
  ]);
  return { taskId, body: rows[0].body };
}

/** A backlog is there before the worker is. @returns {Promise<number>} deliveries a second */
async function drain(bench, { urls, tasks, tenants = KEYS.length, share = 1, env = {} }) {
  const { stack, receiving } = bench;
  const ids = await seed(bench, urls, inTurn([...urls.keys()], tasks), tenants);
  await endTasks(stack.database, ids, bench.like);
  const worker = await stack.startWorker(env);
  await receiving.waitFor(Math.floor(tasks * share));
  await worker.kill();
  const { arrived } = await receiving.collect();
  await forgetTheRest(stack);
  const times = arrived.map(({ at }) => at);
  return (1000 * (times.length - 1)) / (Math.max(...times) - Math.min(...times));
}

/** The same posts with nothing behind them, a second. */
async function bare({ receiving, like }, urls, posts) {
  await receiving.clear();
  return await postBare({ urls, posts, atOnce: AT_ONCE, body: like.body });
}

/**
 * Tasks end at a steady rate: as their worker ends them, which sends the callbacks at once, or by SQL, as
 * if another worker had ended them and then died; this one looks four times a second.
 * @returns how long after its end the callback of a task arrives, milliseconds
 */
async function stream(
  bench,
  { end, network, perSecond, seconds, receivers, dead = 0, tarpits = 0, outOf = 100 },
) {
  const { stack, receiving } = bench;
  const urls = receiving.urls({ network, origins: receivers, dead, tarpits, outOf });
  const isBad = (receiver) => receiver % outOf < dead + tarpits;
  const bad = urls.flatMap((_url, receiver) => (isBad(receiver) ? [receiver] : []));
  const waiting = await seed(bench, urls, inTurn(bad, bad.length * WAITING_EACH));
  const turns = inTurn([...urls.keys()], perSecond * (WARM_UP_SECONDS + seconds));
  const ids = end === endBySql ? await seed(bench, urls, turns) : [];
  const worker = await stack.startWorker();
  await endTasks(stack.database, waiting, bench.like);
  await sleep(WARM_UP_MS);
  const timedFrom = Date.now() + WARM_UP_SECONDS * 1000;
  await steadily(perSecond, turns.length, (from, to) =>
    end(bench, { ids: ids.slice(from, to), urls, receivers: turns.slice(from, to) }),
  );
  await receiving.waitFor(turns.filter((receiver) => !isBad(receiver)).length);
  await worker.kill();
  const { arrived, tarpitMost } = await receiving.collect();
  const latencies = await latenciesOf(bench, arrived, timedFrom);
  await forgetTheRest(stack);
  return {
    deliveries: latencies.length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    mostMs: Math.max(...latencies),
    tarpitMost,
  };
}

async function endBySql({ stack, like }, { ids }) {
  await endTasks(stack.database, ids, like);
}

/** Real tasks: they are over when the vendor's stand-in and the worker are done with them. */
async function endByWorker({ clients }, { urls, receivers }) {
  await Promise.all(
    receivers.map(async (receiver) => {
      const input = { prompt: `delivered ${receiver}` };
      const callback = { url: urls[receiver] };
      await createTask(clients[tenantOf(receiver, KEYS.length)], {
        model: 'flux-2-pro',
        input,
        callback,
      });
    }),
  );
}

/** Does `work` for so many a second, for those that are due together. */
async function steadily(perSecond, count, work) {
  const startedAt = performance.now();
  for (let done = 0; done < count;) {
    await sleep(TICK_MS);
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    const to = Math.min(Math.max(due, done), count);
    if (to > done) await work(done, to);
    done = to;
  }
}

const inTurn = (receivers, count) =>
  Array.from({ length: count }, (_, index) => receivers[index % receivers.length]);

/** Of each delivery's first arrival, of those that were made from then on. */
async function latenciesOf({ stack }, arrived, timedFrom) {
  const { rows } = await stack.database.query(
    'SELECT id, created_at AS "createdAt" FROM deliveries WHERE id = ANY($1) AND created_at >= $2',
    [arrived.map(({ id }) => id), new Date(timedFrom)],
  );
  const made = new Map(rows.map(({ id, createdAt }) => [id, createdAt.getTime()]));
  const first = new Map(arrived.toReversed().map(({ id, at }) => [id, at]));
  return [...first].flatMap(([id, at]) => (made.has(id) ? [at - made.get(id)] : []));
}

/** Retries that are due at once, to receivers that never answer. @returns MiB of the worker */
async function remember(bench, { receivers, retries }) {
  const { stack, receiving } = bench;
  const urls = receiving.urls({ network: 25, origins: receivers, tarpits: 100 });
  const ids = await seed(bench, urls, inTurn([...urls.keys()], retries));
  const worker = await stack.startWorker();
  await sleep(5 * WARM_UP_MS);
  const idle = await memoryMiB(worker.pid);
  await endTasks(stack.database, ids, { ...bench.like, attempts: 1 });
  await sleep(10 * WARM_UP_MS);
  const busy = await memoryMiB(worker.pid);
  const { tarpitMost } = await receiving.collect();
  await worker.kill();
  await forgetTheRest(stack);
  return { retries, idleMiB: idle.now, busyMiB: busy.now, mostMiB: busy.most, tarpitMost };
}

/** Tasks of a run of its own, and nothing that arrived before it. */
async function seed(bench, urls, receivers, tenants = KEYS.length) {
  bench.runs += 1;
  await bench.receiving.clear();
  if (receivers.length === 0) return [];
  const { stack, like, runs } = bench;
  const plan = { like: like.taskId, run: runs, urls, receivers, tenants };
  return await seedEndingTasks(stack.database, plan);
}

/** With all receivers well, and with some of them not. */
async function both(bench, plan, others = MIXED) {
  const network = plan.end === endBySql ? 23 : 26;
  return {
    perSecond: plan.perSecond,
    healthy: await stream(bench, { network, ...plan }),
    besideOthers: await stream(bench, { network: network + 1, ...plan, ...others }),
  };
}

/** What a run leaves behind is not the next one's. */
async function forgetTheRest({ database }) {
  await database.query(
    `UPDATE deliveries SET state = 'dead', next_attempt_at = NULL, lease_until = NULL WHERE next_attempt_at IS NOT NULL`,
  );
  await database.query('VACUUM ANALYZE deliveries, callback_receivers');
}
