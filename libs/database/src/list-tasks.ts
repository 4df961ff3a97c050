import type { TaskDetail, TaskFilter, TaskPaging } from '@app/tasks';
import type { Database } from './database.js';
import { countStatement, listStatement } from './list-tasks.sql.js';
import { DETAIL, toDetail } from './task-rows.js';

/**
 * How many of the newest tasks are looked at for a pair of metadata before its index is asked. A
 * common pair is found among them; for a rare one the index is quick, where for a common one it would
 * have to name every match.
 */
const WALK = 5_000;

/** Newest first. */
export async function listTasks(
  database: Database,
  tenantId: string | null,
  query: { readonly filter: TaskFilter; readonly paging: TaskPaging },
): Promise<readonly TaskDetail[]> {
  const { filter, paging } = query;
  const read = async (walk: number | null): Promise<readonly string[]> => {
    const { text, values } = listStatement(tenantId, filter, { paging, walk });
    return (await database.query<{ id: string }>(text, values)).map(({ id }) => id);
  };
  const walked = await read(WALK);
  const isWhole = !filter.metadata || walked.length === paging.size;
  return await detailsOf(database, isWhole ? walked : await read(null));
}

/** To the cap at most. */
export async function countTasks(
  database: Database,
  tenantId: string | null,
  { filter, cap }: { readonly filter: TaskFilter; readonly cap: number },
): Promise<number> {
  const read = async (walk: number | null): Promise<number> => {
    const { text, values } = countStatement(tenantId, filter, { cap, walk });
    return (await database.query<{ found: number }>(text, values))[0]?.found ?? 0;
  };
  if (!filter.metadata) return await read(null);
  const walked = await read(WALK);
  if (walked >= cap) return walked;
  return walked > WALK * COMMON_SHARE ? await read(farEnough(cap, walked)) : await read(null);
}

/** From this share of the newest on, a pair of metadata is common. */
const COMMON_SHARE = 0.05;

/** How many rows hold `cap` matches if the rest is like the newest, and as many again. */
const farEnough = (cap: number, walked: number): number => Math.ceil((2 * cap * WALK) / walked);

async function detailsOf(
  database: Database,
  ids: readonly string[],
): Promise<readonly TaskDetail[]> {
  if (ids.length === 0) return [];
  const rows = await database.read(
    async (prisma) =>
      await prisma.task.findMany({
        where: { id: { in: [...ids] } },
        include: DETAIL,
        orderBy: { id: 'desc' },
      }),
  );
  return rows.map(toDetail);
}
