import { percentile, startBenchStack, TENANTS } from './bench-stack.mjs';
import { createTask, openLoadClient } from './load-client.mjs';
import { seedTasks } from './seed-tasks.mjs';

const CALLS = 40;
const WARM_UP = 5;

/**
 * `GET /v1/tasks` of a tenant with three fifths of very many tasks, one call after the other. Pages carry
 * their total, counted to 10 000.
 * @param {{ tasks: number }} size
 */
export async function measureLists({ tasks }) {
  const stack = await startBenchStack();
  try {
    const client = openLoadClient(stack.url, { key: TENANTS[0], connections: 1 });
    const like = await createTask(client, {
      model: 'flux-2-pro',
      input: { prompt: 'one of very many' },
    });
    await seedTasks(stack.database, { like, tasks });
    const rows = [];
    for (const [question, query] of Object.entries(await questionsOf(stack.database, like))) {
      rows.push(await ask(client, question, `/v1/tasks${query}`));
    }
    client.close();
    return { tasks, rows };
  } finally {
    await stack.stop();
  }
}

/**
 * @param {import('pg').Pool} database
 * @param {string} like a task of the big tenant
 * @returns {Promise<Record<string, string>>} a query string for each
 */
async function questionsOf(database, like) {
  const { rows } = await database.query(
    `SELECT id, created_at FROM tasks WHERE tenant_id = (SELECT tenant_id FROM tasks WHERE id = $1)
     ORDER BY id OFFSET (SELECT count(*) * 3 / 10 FROM tasks) LIMIT 1`,
    [like],
  );
  const [{ id, created_at: middle }] = rows;
  const cursor = Buffer.from(id).toString('base64url'); // the API's own encoding of a task's id
  const before = Math.floor(middle.getTime() / 1000);
  return {
    'page and total': '?page=1&size=20',
    'page 500 of 20': '?page=500&size=20',
    'page of 100': '?page=1&size=100',
    'cursor, first': '?limit=20',
    'cursor, half way': `?limit=20&cursor=${cursor}`,
    'by id': `/${id}`,
    'status=success': '?page=1&size=20&status=success',
    'status=fail (6 %)': '?page=1&size=20&status=fail',
    'status=fail, page 500': '?page=500&size=20&status=fail',
    'status=queued (newest)': '?page=1&size=20&status=queued',
    'model, 70 %': '?page=1&size=20&model=flux-2-pro',
    'model, 70 %, page 500': '?page=500&size=20&model=flux-2-pro',
    'model, few and old': '?page=1&size=20&model=veo-3-1',
    'model without tasks': '?page=1&size=20&model=happyhorse-1-0',
    'status and model': '?page=1&size=20&status=fail&model=flux-2-pro',
    'createdBefore, half way': `?page=1&size=20&createdBefore=${before}`,
    'metadata, 5 of 6': '?page=1&size=20&metadata.channel=web',
    'metadata, 5 of 6, page 500': '?page=500&size=20&metadata.channel=web',
    'metadata, many and old': '?page=1&size=20&metadata.campaign=spring',
    'metadata, three': '?page=1&size=20&metadata.vip=yes',
    'metadata, none': '?page=1&size=20&metadata.vip=never',
    'two pairs, both common': '?page=1&size=20&metadata.channel=web&metadata.campaign=spring',
    'two pairs, one rare': '?page=1&size=20&metadata.channel=web&metadata.vip=yes',
    'common pair, success': '?page=1&size=20&metadata.channel=web&status=success',
    'common pair, fail': '?page=1&size=20&metadata.channel=web&status=fail',
    'old pair, queued (none)': '?page=1&size=20&metadata.campaign=spring&status=queued',
    'common pair and model': '?page=1&size=20&metadata.channel=web&model=flux-2-pro',
  };
}

/**
 * @param {ReturnType<typeof openLoadClient>} client
 * @param {string} question
 * @param {string} path
 */
async function ask(client, question, path) {
  const times = [];
  let status = 0;
  for (let index = 0; index < WARM_UP + CALLS; index += 1) {
    const answer = await client.call(path);
    status = answer.status;
    if (index >= WARM_UP) times.push(answer.ms);
  }
  return {
    question,
    status,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    maxMs: Math.max(...times),
  };
}
