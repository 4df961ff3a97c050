import { Pool } from 'pg';
import { percentile, startBenchStack, TENANTS } from './bench-stack.mjs';
import { createTask, inParallel, openLoadClient } from './load-client.mjs';

const WARM_UP = 500;

/**
 * Tasks created in a second through `POST /v1/tasks`, and the same rows written by a bare client of
 * Postgres that puts as many tasks into one commit as the API did, over as many connections as it has.
 * No worker runs.
 * @param {{ tasks: number, connections: number }} size
 */
export async function measureCreates({ tasks, connections }) {
  const stack = await startBenchStack();
  try {
    const client = openLoadClient(stack.url, { key: TENANTS[0], connections });
    const create = async (index) => {
      const startedAt = performance.now();
      await createTask(client, taskBody(index), { 'idempotency-key': `create-${index}` });
      return performance.now() - startedAt;
    };
    await inParallel(WARM_UP, connections, (index) => create(-1 - index));
    const startedAt = performance.now();
    const latencies = await inParallel(tasks, connections, create);
    const apiSeconds = (performance.now() - startedAt) / 1000;
    client.close();
    const commits = await commitsOfTasks(stack.database, tasks);
    const tasksPerCommit = Math.max(1, Math.round(tasks / commits));
    const bare = await writeBare(stack, { tasks, tasksPerCommit });
    const perSecond = tasks / apiSeconds;
    return {
      tasks,
      connections,
      perSecond,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      tasksPerCommit: tasks / commits,
      barePerSecond: bare,
      shareOfBare: perSecond / bare,
    };
  } finally {
    await stack.stop();
  }
}

/**
 * Rows carry the transaction that wrote them, and nothing has changed these since.
 * @param {Pool} database
 * @param {number} tasks the newest so many
 * @returns {Promise<number>}
 */
async function commitsOfTasks(database, tasks) {
  const { rows } = await database.query(
    `SELECT count(DISTINCT written::text)::int AS commits
     FROM (SELECT xmin AS written FROM tasks ORDER BY id DESC LIMIT $1) AS newest`,
    [tasks],
  );
  return rows[0].commits;
}

const taskBody = (index) => ({
  model: 'flux-2-pro',
  input: { prompt: `bench ${index}: a glass data center at golden hour, isometric` },
  metadata: { order: String(index) },
});

const CONNECTIONS = 4;

/**
 * Rows like those of a task that the API made: the same tables, columns, indexes and sizes.
 * @param {import('./bench-stack.mjs').BenchStack} stack
 * @param {{ tasks: number, tasksPerCommit: number }} plan
 * @returns {Promise<number>} tasks in a second
 */
async function writeBare({ database, databaseUrl }, { tasks, tasksPerCommit }) {
  const template = await readTemplate(database);
  const pool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  const groups = Math.ceil(tasks / tasksPerCommit);
  const write = async (group) => {
    const ids = Array.from({ length: tasksPerCommit }, (_, index) => `bare-${group}-${index}`);
    await pool.query(INSERT, [
      JSON.stringify(ids.map((id) => ({ ...template.task, id }))),
      JSON.stringify(ids.map((id) => ({ ...template.event, task_id: id }))),
      JSON.stringify(ids.map((id) => ({ ...template.key, key: id, task_id: id }))),
    ]);
  };
  await inParallel(CONNECTIONS, CONNECTIONS, (index) => write(-1 - index));
  const startedAt = performance.now();
  await inParallel(groups, CONNECTIONS, write);
  const seconds = (performance.now() - startedAt) / 1000;
  await pool.end();
  return (groups * tasksPerCommit) / seconds;
}

const INSERT = `
WITH tasks_written AS (INSERT INTO tasks SELECT * FROM jsonb_populate_recordset(null::tasks, $1::jsonb)),
keys_written AS (INSERT INTO idempotency_keys SELECT * FROM jsonb_populate_recordset(null::idempotency_keys, $3::jsonb))
INSERT INTO task_events SELECT * FROM jsonb_populate_recordset(null::task_events, $2::jsonb)`;

/** @param {Pool} database */
async function readTemplate(database) {
  const { rows } = await database.query(
    `SELECT to_jsonb(t) AS task, to_jsonb(e) AS event, to_jsonb(k) AS key FROM tasks t
     JOIN task_events e ON e.task_id = t.id JOIN idempotency_keys k ON k.task_id = t.id LIMIT 1`,
  );
  return rows[0];
}
