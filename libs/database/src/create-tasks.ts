import type { CreateResult, KnownIdempotencyKey, NewTask } from '@app/tasks';
import type { QueryResultRow } from 'pg';
import { FIND_KEYS, LOCK_QUEUES, statementFor } from './create-tasks.sql.js';
import type { Database } from './database.js';

/** Writes a group of new tasks in one commit. One result for each, in order. */
export async function createTasks(
  database: Database,
  bundles: readonly NewTask[],
): Promise<readonly CreateResult[]> {
  const results = new Map<string, CreateResult>();
  const first = firstOfEachKey(bundles);
  let open = bundles.filter((bundle) => first.get(nameOf(bundle)) === bundle);
  while (open.length > 0) {
    for (const { id, outcome } of await write(database, open)) results.set(id, outcome);
    const losers = open.filter(({ task }) => !results.has(task.id));
    const known = losers.length > 0 ? await findKeys(database, losers) : NOTHING;
    for (const loser of losers) {
      const winner = known.get(nameOf(loser));
      if (winner) results.set(loser.task.id, winner);
    }
    // The winner's key expired or was rolled back between the two statements: the key is free now.
    open = losers.filter(({ task }) => !results.has(task.id));
  }
  return bundles.map((bundle) => resultOf(bundle, first.get(nameOf(bundle)) ?? bundle, results));
}

/** SQLSTATE classes of what one row alone can cause: its data, a constraint, a limit of the server. */
export function mayBeOneRow(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^(22|23|54)/.test(code);
}

const NOTHING: ReadonlyMap<string, KnownIdempotencyKey> = new Map();

interface OutcomeRow extends QueryResultRow {
  readonly id: string;
  readonly outcome: 'created' | 'queue-full';
}

async function write(
  database: Database,
  bundles: readonly NewTask[],
): Promise<readonly OutcomeRow[]> {
  const { text, values } = statementFor(bundles);
  const limited = bundles.filter(({ maxQueued }) => maxQueued !== null);
  if (limited.length === 0) return await database.query<OutcomeRow>(text, values);
  return await database.transaction(async (client) => {
    await client.query(LOCK_QUEUES, [limited.map(({ task }) => task.tenantId)]);
    return (await client.query<OutcomeRow>(text, values)).rows;
  });
}

async function findKeys(
  database: Database,
  bundles: readonly NewTask[],
): Promise<ReadonlyMap<string, KnownIdempotencyKey>> {
  const rows = await database.query<{
    tenant_id: string;
    key: string;
    fingerprint: Buffer;
    task_id: string;
  }>(FIND_KEYS, [
    bundles.map(({ task }) => task.tenantId),
    bundles.map(({ idempotency }) => idempotency?.key),
  ]);
  return new Map(
    rows.map(({ tenant_id, key, fingerprint, task_id }) => [
      JSON.stringify([tenant_id, key]),
      { fingerprint, taskId: task_id },
    ]),
  );
}

/** Names the key, or the task where there is none. */
const nameOf = ({ task, idempotency }: NewTask): string =>
  idempotency ? JSON.stringify([task.tenantId, idempotency.key]) : task.id;

function firstOfEachKey(bundles: readonly NewTask[]): ReadonlyMap<string, NewTask> {
  const first = new Map<string, NewTask>();
  for (const bundle of bundles) {
    if (!first.has(nameOf(bundle))) first.set(nameOf(bundle), bundle);
  }
  return first;
}

/** Whoever shares a key with an earlier one of the group replays that one. */
function resultOf(
  bundle: NewTask,
  first: NewTask,
  results: ReadonlyMap<string, CreateResult>,
): CreateResult {
  const result = results.get(first.task.id);
  if (!result) throw new Error(`No result for ${first.task.id}`);
  if (result !== 'created' || first === bundle) return result;
  const { fingerprint } = first.idempotency ?? {};
  if (!fingerprint) throw new Error(`${first.task.id} was created twice`);
  return { fingerprint, taskId: first.task.id };
}
