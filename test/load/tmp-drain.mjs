import { startBenchStack } from './bench-stack.mjs';
import { startReceivers } from './receivers.mjs';
import { endTasks, seedEndingTasks } from './seed-deliveries.mjs';
import { createTask, openLoadClient } from './load-client.mjs';
import { untilCount } from './flow.mjs';
const KEYS = Array.from({ length: 10 }, (_, i) => `bench-${i}`);
const stack = await startBenchStack({ INTERNAL_KEYS: KEYS.join(','), SANDBOX_DELAY_MS: '50' });
const receiving = await startReceivers();
try {
  const c = openLoadClient(stack.url, { key: KEYS[0], connections: 1 });
  let w = await stack.startWorker();
  const [url] = receiving.urls({ network: 19, origins: 1 });
  const taskId = await createTask(c, { model: 'flux-2-pro', input: { prompt: 'x' }, callback: { url } });
  c.close();
  await untilCount(stack, `SELECT count(*)::int AS done FROM deliveries WHERE state = 'delivered'`, 1);
  await w.kill();
  const { rows } = await stack.database.query('SELECT body FROM deliveries');
  const like = { taskId, body: rows[0].body };
  let run = 0;
  for (const [origins, tenants, env] of [[1, 1, { CALLBACK_RECEIVER_CONCURRENCY: '1000', CALLBACK_RECEIVER_PER_SECOND: '10000' }], [100, 10, {}]]) {
    const N = Number(process.argv[2] ?? 1000);
    await receiving.clear();
    const urls = receiving.urls({ network: 20 + run, origins });
    const ids = await seedEndingTasks(stack.database, { like: taskId, run: ++run, urls, receivers: Array.from({ length: N }, (_, i) => i % origins), tenants });
    await endTasks(stack.database, ids, like);
    w = await stack.startWorker(env);
    await receiving.waitFor(N);
    const m = await (await fetch(`${w.url}/metrics`)).text();
    console.log(m.split('\n').filter((l) => /^taskgate_callback/.test(l) && !/bucket/.test(l)).join('\n'));
    await w.kill();
    const { arrived } = await receiving.collect();
    const t0 = Math.min(...arrived.map((a) => a.at));
    const histogram = {};
    for (const { at } of arrived) { const k = Math.floor((at - t0) / 250) / 4; histogram[k] = (histogram[k] ?? 0) + 1; }
    console.log(origins, arrived.length, JSON.stringify(histogram));
    const seen = await stack.database.query(`SELECT state, attempts, interrupted, count(*) FROM deliveries GROUP BY 1,2,3`);
    console.log(seen.rows);
    console.log((await stack.database.query(`SELECT error_class, error, count(*), avg(duration_ms)::int FROM delivery_attempts GROUP BY 1,2`)).rows);
  }
} finally { receiving.stop(); await stack.stop(); }
