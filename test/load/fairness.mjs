import { startBenchStack, TENANTS } from './bench-stack.mjs';
import { untilCount } from './flow.mjs';
import { createTask, inParallel, openLoadClient } from './load-client.mjs';

const SLOTS = 4;

/**
 * One tenant has very many tasks queued for an account with few slots, another one comes with one: how
 * many of the first are admitted before it, and how long it waits.
 * @param {{ tasks: number }} size
 */
export async function measureFairness({ tasks }) {
  const stack = await startBenchStack({
    BFL_MAX_IN_FLIGHT: String(SLOTS),
    TASK_DEADLINE_SECONDS: '86400',
  });
  try {
    const [many, one] = TENANTS.map((key) => openLoadClient(stack.url, { key, connections: 64 }));
    await inParallel(tasks, 64, (index) => createTask(many, body(index)));
    await stack.startWorker();
    const admitted = `SELECT count(*)::int AS done FROM task_events WHERE cause LIKE 'admitted to %'`;
    await untilCount(stack, admitted, 5 * SLOTS);
    const mine = await createTask(one, body(tasks));
    await untilCount(stack, `${admitted} AND task_id = '${mine}'`, 1);
    const { rows } = await stack.database.query(
      `SELECT (SELECT count(*)::int FROM task_events e WHERE e.cause LIKE 'admitted to %' AND e.task_id <> t.id
           AND e.at >= t.created_at AND e.at < own.at) AS before,
         extract(epoch FROM own.at - t.created_at)::float8 * 1000 AS "waitedMs"
       FROM tasks t JOIN task_events own ON own.task_id = t.id AND own.cause LIKE 'admitted to %' WHERE t.id = $1`,
      [mine],
    );
    many.close();
    one.close();
    return {
      queued: tasks,
      slots: SLOTS,
      admittedBefore: rows[0].before,
      waitedMs: rows[0].waitedMs,
    };
  } finally {
    await stack.stop();
  }
}

/** @param {number} index */
const body = (index) => ({
  model: 'flux-2-pro',
  input: { prompt: `fair ${index} [[delay:200ms]]` },
});
