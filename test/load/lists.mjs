import { percentile, startBenchStack, TENANTS } from './bench-stack.mjs';
import { createTask, openLoadClient } from './load-client.mjs';

const CALLS = 200;

/**
 * `GET /v1/tasks` of a tenant with very many tasks, one call after the other.
 * @param {{ tasks: number }} size
 */
export async function measureLists({ tasks }) {
  const stack = await startBenchStack();
  try {
    const client = openLoadClient(stack.url, { key: TENANTS[0], connections: 1 });
    const like = await createTask(client, {
      model: 'flux-2-pro',
      input: { prompt: 'one of very many' },
      metadata: { order: '0' },
    });
    await fill(stack.database, like, tasks);
    const middle = idOf(Math.floor(tasks / 2));
    const questions = {
      'first page': () => '/v1/tasks?limit=20',
      'page and total': () => '/v1/tasks?page=1&size=20',
      'status=fail (1 %)': () => '/v1/tasks?limit=20&status=fail',
      'model without tasks': () => '/v1/tasks?limit=20&model=veo-3-1',
      'metadata, one match': (index) => `/v1/tasks?limit=20&metadata.order=${1 + index * 97}`,
      // What `nextCursor` would be after half of them: the API's own encoding of a task's id.
      'deep cursor': () => `/v1/tasks?limit=20&cursor=${Buffer.from(middle).toString('base64url')}`,
      'by id': () => `/v1/tasks/${middle}`,
    };
    const rows = [];
    for (const [question, pathOf] of Object.entries(questions)) {
      rows.push(await ask(client, question, pathOf));
    }
    client.close();
    return { tasks, rows };
  } finally {
    await stack.stop();
  }
}

const idOf = (number) => `tk-00${number.toString().padStart(24, '0')}`;

/** Copies of one real task, older than it, most of them ended. */
async function fill(database, like, tasks) {
  await database.query(
    `INSERT INTO tasks SELECT copy.* FROM tasks like_this, generate_series(1, $2::int) AS number,
       jsonb_populate_record(like_this, jsonb_build_object('id', 'tk-00' || lpad(number::text, 24, '0'),
         'status', CASE WHEN number % 100 = 0 THEN 'fail' ELSE 'success' END,
         'metadata', jsonb_build_object('order', number::text), 'next_action_at', null, 'dispatch_at', null,
         'created_at', now() - ($2::int - number) * interval '1 second', 'completed_at', now())) AS copy
     WHERE like_this.id = $1`,
    [like, tasks],
  );
  await database.query('VACUUM ANALYZE tasks');
}

async function ask(client, question, pathOf) {
  const times = [];
  let status = 0;
  for (let index = 0; index < CALLS; index += 1) {
    const answer = await client.call(pathOf(index));
    status = answer.status;
    times.push(answer.ms);
  }
  return { question, status, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}
