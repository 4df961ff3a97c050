import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Database, verifyLedger } from '@app/database';
import { Client, type QueryResultRow } from 'pg';
import type { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import type { Stack } from '../support/stack.js';
import type { Facts, FileFact, ShownTask, TaskFact } from './facts.js';

/** Reads everything that the audit judges, once all is quiet. */
export async function collectFacts(
  stack: Stack,
  seen: Pick<Facts, 'orders' | 'callbacks'>,
  clients: readonly GatewayClient[],
): Promise<Facts> {
  const rows = await readRows(stack.databaseUrl);
  const submits = await new SandboxControl(stack.sandbox.url).allSubmits();
  const ids = new Set([
    ...rows.tasks.map(({ id }) => id),
    ...seen.orders.flatMap(({ answered }) => answered),
  ]);
  return {
    ...seen,
    ...rows,
    shown: await readShown([...ids], clients),
    money: await moneyDifferences(stack.databaseUrl),
    submits: submits.map(({ prompt }) => prompt),
    files: await readFiles(join(stack.dataDir, 'outputs', 'objects')),
  };
}

async function moneyDifferences(databaseUrl: string): Promise<readonly string[]> {
  const database = new Database(databaseUrl, { maxConnections: 1 });
  try {
    const { differences } = await verifyLedger(database);
    return differences.map(
      ({ check, subject, expected, found }) =>
        `${subject}: expected ${expected}, found ${found} (${check})`,
    );
  } finally {
    await database.close();
  }
}

async function readRows(databaseUrl: string) {
  return await withDatabase(databaseUrl, async (query) => ({
    tasks: await query<TaskFact & QueryResultRow>(
      `SELECT id, input ->> 'prompt' AS prompt, status, error_code AS "errorCode", on_unknown AS "onUnknown",
         callback_url AS "callbackUrl", to_jsonb(tasks) ->> 'account' AS account, next_action_at AS "nextActionAt",
         (to_jsonb(tasks) ->> 'dispatch_at')::timestamptz AS "dispatchAt",
         parent_id AS "parentId", coalesce(parts, 1) AS calls FROM tasks`,
    ),
    events: await query<Facts['events'][number] & QueryResultRow>(
      `SELECT task_id AS "taskId", version, from_status AS "from", to_status AS "to" FROM task_events`,
    ),
    attempts: await query<Facts['attempts'][number] & QueryResultRow>(
      `SELECT id, task_id AS "taskId", state FROM attempts`,
    ),
    deliveries: await query<Facts['deliveries'][number] & QueryResultRow>(
      `SELECT id, task_id AS "taskId", event, state FROM deliveries`,
    ),
    outputs: await query<Facts['outputs'][number] & QueryResultRow>(
      `SELECT task_id AS "taskId", key, bytes::float8 AS bytes FROM outputs`,
    ),
    outboxRows:
      (await query<{ rows: number }>(`SELECT count(*)::int AS rows FROM outbox`))[0]?.rows ?? 0,
  }));
}

type Query = <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;

/** One connection for some questions. */
export async function withDatabase<T>(
  databaseUrl: string,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const query: Query = async <Row extends QueryResultRow>(text: string, values?: unknown[]) =>
      (await client.query<Row>(text, values)).rows;
    return await work(query);
  } finally {
    await client.end();
  }
}

/** Each task as its own tenant's API call shows it; another tenant's is a 404. */
async function readShown(
  ids: readonly string[],
  clients: readonly GatewayClient[],
): Promise<ReadonlyMap<string, ShownTask>> {
  const shown = new Map<string, ShownTask>();
  const left = [...ids];
  const readOn = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      for (const client of clients) {
        const answer = await client.request(`/v1/tasks/${id}`);
        if (answer.status !== 200) continue;
        const { data } = answer.body as { data: { status: string; error?: { code: string } } }; // the envelope
        shown.set(id, { status: data.status, errorCode: data.error?.code ?? null });
        break;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, readOn));
  return shown;
}

/** Keys as the local store writes them: `~` stands for `/`. */
async function readFiles(folder: string): Promise<readonly FileFact[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name, parentPath }) => ({
        key: name.replaceAll('~', '/'),
        bytes: (await stat(join(parentPath, name))).size,
      })),
  );
}
