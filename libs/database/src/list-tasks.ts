import type { TaskDetail, TaskFilter, TaskPaging } from '@app/tasks';
import type { QueryResultRow } from 'pg';
import type { Database } from './database.js';
import { isOfEachStatus, type ListPart, partsOf } from './list-parts.sql.js';
import type { IdRange } from './list-range.sql.js';
import {
  countStatement,
  listStatement,
  type PartSize,
  sizesStatement,
  type Statement,
  type Walk,
} from './list-tasks.sql.js';
import { DETAIL, toDetail } from './task-rows.js';

/** Newest first, unless the paging says otherwise. */
export async function listTasks(
  database: Database,
  tenantId: string | null,
  { filter, paging }: { readonly filter: TaskFilter; readonly paging: TaskPaging },
): Promise<readonly TaskDetail[]> {
  const olderThan = 'olderThan' in paging ? paging.olderThan : null;
  const newerThan = 'newerThan' in paging ? paging.newerThan : null;
  const order = 'newerThan' in paging ? 'ASC' : 'DESC';
  const walk = await planWalk(database, tenantId, { ...filter, olderThan, newerThan, order });
  if (!walk) return [];
  const skip = 'skip' in paging ? paging.skip : 0;
  const ids = await read<{ id: string }>(
    database,
    walk,
    listStatement(walk, { skip, size: paging.size }),
  );
  return await detailsOf(
    database,
    ids.map(({ id }) => id),
    order,
  );
}

/** To the cap at most. */
export async function countTasks(
  database: Database,
  tenantId: string | null,
  { filter, cap }: { readonly filter: TaskFilter; readonly cap: number },
): Promise<number> {
  const whole = { olderThan: null, newerThan: null, order: 'DESC' } as const;
  const walk = await planWalk(database, tenantId, { ...filter, ...whole });
  if (!walk) return 0;
  const [row] = await read<{ found: number }>(database, walk, countStatement(walk, cap));
  return row?.found ?? 0;
}

/** Parts up to this size are told apart; each task of the smallest is looked at, and that is quick. */
const SMALL = 2_000;
/** For everybody, of each tenant: sizes are then no more than a hint. */
const SMALL_OF_EACH = 50;

interface SizesRow {
  readonly newest: string | null;
  readonly oldest: string | null;
  readonly sizes: readonly PartSize[];
}

/** Null when nothing matches. One part is walked as it is; of several the rarest, so their sizes are asked first. */
async function planWalk(
  database: Database,
  tenantId: string | null,
  filter: TaskFilter & IdRange & Pick<Walk, 'order'>,
): Promise<Walk | null> {
  const parts = partsOf(filter);
  const range = filter;
  const { order } = filter;
  if (parts.length === 1) return { tenantId, parts, isFew: true, range, order, common: null };
  const cap = tenantId === null ? SMALL_OF_EACH : SMALL;
  const { text, values } = sizesStatement({ tenantId, parts, range }, cap);
  const [row] = await database.query<SizesRow & QueryResultRow>(text, values);
  if (!row?.newest || !row.oldest || row.sizes.some(({ found }) => found === 0)) return null;
  const common = { newest: row.newest, oldest: row.oldest };
  return {
    tenantId,
    ...rarestFirst(parts, row.sizes, tenantId === null ? Infinity : cap),
    range,
    order,
    common,
  };
}

/** From `many` on a part is common. Of common ones, that of each status comes first: no other can be read beside it. */
function rarestFirst(
  parts: readonly ListPart[],
  sizes: readonly PartSize[],
  many: number,
): Pick<Walk, 'parts' | 'isFew'> {
  const isFew = sizes.some(({ found }) => found < many);
  const order = parts.map((part, index) => ({
    part,
    found: sizes[index]?.found ?? 0,
    last: sizes[index]?.last ?? '',
    place: !isFew && isOfEachStatus(part) ? 0 : 1,
  }));
  order.sort((a, b) => a.place - b.place || a.found - b.found || (a.last < b.last ? -1 : 1));
  return { parts: order.map(({ part }) => part), isFew };
}

/**
 * Parts that are read side by side are merged, each in its order. The planner is told so: with statistics
 * that are out of date it would read one part again for each task of the other.
 */
const MERGE = `SELECT set_config(name, 'off', true)
FROM unnest(ARRAY['enable_nestloop', 'enable_hashjoin', 'enable_bitmapscan', 'enable_sort']) AS name`;

async function read<Row extends QueryResultRow>(
  database: Database,
  { isFew }: Walk,
  { text, values }: Statement,
): Promise<readonly Row[]> {
  if (isFew) return await database.query<Row>(text, values);
  return await database.transaction(async (client) => {
    await client.query(MERGE);
    return (await client.query<Row>(text, [...values])).rows;
  });
}

async function detailsOf(
  database: Database,
  ids: readonly string[],
  order: Walk['order'],
): Promise<readonly TaskDetail[]> {
  if (ids.length === 0) return [];
  const rows = await database.read(
    async (prisma) =>
      await prisma.task.findMany({
        where: { id: { in: [...ids] } },
        include: DETAIL,
        orderBy: { id: order === 'ASC' ? 'asc' : 'desc' },
      }),
  );
  return rows.map(toDetail);
}
