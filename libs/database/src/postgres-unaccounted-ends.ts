import { settled, settledCalls, type Task, transfersAtEnd, UnaccountedEnds } from '@app/tasks';
import type { Database } from './database.js';
import { insertTransfers, transferRecord } from './ledger.sql.js';
import { storableJson } from './storable-text.js';
import { toTask } from './task-rows.js';

export class PostgresUnaccountedEnds extends UnaccountedEnds {
  constructor(private readonly database: Database) {
    super();
  }

  async account(limit: number): Promise<number> {
    const found = await this.database.query<{ id: string }>(UNACCOUNTED, [limit]);
    if (found.length === 0) return 0;
    const ids = found.map(({ id }) => id);
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.task.findMany({
          where: { OR: [{ id: { in: ids } }, { parentId: { in: ids } }] },
        }),
    );
    const tasks = rows.map(toTask);
    const ends = tasks
      .filter(({ part }) => !part)
      .map((task) =>
        endOf(
          task,
          tasks.filter(({ part }) => part?.parentId === task.id),
        ),
      );
    await this.database.query(ACCOUNT, [
      storableJson(ends.map(({ record }) => record)),
      storableJson(ends.flatMap(({ transfers }) => transfers).map(transferRecord)),
    ]);
    return ids.length;
  }
}

/** The cost as this version would have left it in the row, and what it would have told. */
function endOf(task: Task, calls: readonly Task[]) {
  const isSuccess = task.status === 'success';
  const { usage, pricedBy } =
    isSuccess && calls.length > 0 ? settledCalls(task, calls) : settled(task);
  const end = isSuccess ? { ...task, usage, pricedBy } : task;
  return {
    record: {
      id: task.id,
      cost: end.usage?.costNanoUsd ?? null,
      quantity: end.usage?.quantity ?? null,
      estimated: end.usage?.isEstimated ?? false,
      pricedBy: end.pricedBy,
    },
    transfers: transfersAtEnd(end, calls, task.completedAt ?? task.createdAt),
  };
}

const IS_UNACCOUNTED =
  'completed_at IS NOT NULL AND key_id IS NOT NULL AND parent_id IS NULL AND NOT accounted';

const UNACCOUNTED = `SELECT id FROM tasks WHERE ${IS_UNACCOUNTED} ORDER BY id LIMIT $1`;

/** A task that another one accounts for at this moment is left to it; what was told twice is there once. */
const ACCOUNT = `
WITH ended AS (
  SELECT t.id, e.cost, e.quantity, e.estimated, e."pricedBy"
  FROM jsonb_to_recordset($1::jsonb) AS e(id text, cost bigint, quantity float8, estimated boolean, "pricedBy" text)
  JOIN tasks t ON t.id = e.id WHERE NOT t.accounted ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
), accounted AS (
  UPDATE tasks SET accounted = true, cost_nano_usd = ended.cost, usage_quantity = ended.quantity,
    usage_estimated = ended.estimated, priced_by = ended."pricedBy"
  FROM ended WHERE tasks.id = ended.id RETURNING tasks.id
)
${insertTransfers('$2::jsonb', ' JOIN accounted ON accounted.id = l.subject')}`;
