import type { TaskFilter, TaskPaging } from '@app/tasks';
import { encodeTime } from 'ulid';

/** A statement whose values are collected while its text is written. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Ids of a page, newest first. `walk`: how many of the newest are looked at, at most; null: use the index of metadata. */
export function listStatement(
  tenantId: string | null,
  filter: TaskFilter,
  { paging, walk }: { readonly paging: TaskPaging; readonly walk: number | null },
): Statement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const olderThan = 'olderThan' in paging ? paging.olderThan : null;
  const older = olderThan === null ? '' : ` AND id < ${add(olderThan)}`;
  const skip = 'skip' in paging ? paging.skip : 0;
  const source = sourceOf(tenantId, filter, { add, older, walk, depth: skip + paging.size });
  return {
    text: `${source} ORDER BY id DESC LIMIT ${add(paging.size)} OFFSET ${add(skip)}`,
    values,
  };
}

/** One row `{found}`: how many match, to the cap at most. */
export function countStatement(
  tenantId: string | null,
  filter: TaskFilter,
  { cap, walk }: { readonly cap: number; readonly walk: number | null },
): Statement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const source = sourceOf(tenantId, filter, { add, older: '', walk, depth: cap });
  return {
    text: `SELECT count(*)::int AS found FROM (${source} LIMIT ${add(cap)}) AS capped`,
    values,
  };
}

interface SourceParts {
  readonly add: (value: unknown) => string;
  readonly older: string;
  readonly walk: number | null;
  /** No more of a tenant than that can be needed. */
  readonly depth: number;
}

/**
 * `SELECT id FROM …` of all that match. For everybody, the newest of each tenant are put together, so
 * the tenants' own indexes serve operators as well.
 */
function sourceOf(tenantId: string | null, filter: TaskFilter, parts: SourceParts): string {
  const { add, older, walk } = parts;
  const own = `${conditions(filter, add)}${older}`;
  const metadata = filter.metadata && `metadata @> ${add(JSON.stringify(filter.metadata))}::jsonb`;
  if (metadata && walk === null) {
    const owner = tenantId === null ? '' : ` AND tenant_id = ${add(tenantId)}`;
    // Materialised, or a planner that expects many matches would walk all tasks to find a rare one.
    return `SELECT id FROM (WITH found AS MATERIALIZED (SELECT id FROM tasks WHERE ${metadata}${owner}${own}) SELECT id FROM found) AS found`;
  }
  if (metadata) {
    const newest = newestOf(tenantId, filter, own, { ...parts, depth: walk ?? 0 });
    return `SELECT id FROM (${newest} ORDER BY id DESC LIMIT ${add(walk)}) AS newest WHERE ${metadata}`;
  }
  return newestOf(tenantId, filter, own, parts);
}

function newestOf(
  tenantId: string | null,
  filter: TaskFilter,
  own: string,
  { add, depth }: SourceParts,
): string {
  const columns = filter.metadata ? 'id, metadata' : 'id';
  if (tenantId !== null)
    return `SELECT ${columns} FROM tasks WHERE tenant_id = ${add(tenantId)}${own}`;
  if (filter.status === undefined && filter.model === undefined)
    return `SELECT ${columns} FROM tasks WHERE true${own}`;
  return `SELECT newest.* FROM tenants CROSS JOIN LATERAL (
    SELECT ${columns} FROM tasks WHERE tasks.tenant_id = tenants.id${own} ORDER BY id DESC LIMIT ${add(depth)}) AS newest`;
}

/** How far an id's time may be ahead of the creation: a clock that was set back. */
const ID_AHEAD_MS = 60_000;

function conditions(filter: TaskFilter, add: (value: unknown) => string): string {
  const { status, model, createdAfter, createdBefore } = filter;
  const parts = ['erased_at IS NULL'];
  if (status !== undefined) parts.push(`status = ${add(status)}`);
  if (model !== undefined) parts.push(`model = ${add(model)}`);
  if (createdAfter)
    parts.push(`id >= ${add(firstId(createdAfter, 0))}`, `created_at > ${add(createdAfter)}`);
  if (createdBefore) {
    const last = firstId(createdBefore, ID_AHEAD_MS);
    parts.push(`id < ${add(last)}`, `created_at < ${add(createdBefore)}`);
  }
  return parts.map((part) => ` AND ${part}`).join('');
}

const ULID_TIME_LENGTH = 10;
const ULID_RANDOM_LENGTH = 16;

/** Ids are sorted by the time they were made, so a range of times is a range of ids. */
function firstId(time: Date, laterMs: number): string {
  const millis = Math.min(Math.max(time.getTime() + laterMs, 0), 2 ** 48 - 1);
  return `tk-${encodeTime(millis, ULID_TIME_LENGTH)}${'0'.repeat(ULID_RANDOM_LENGTH)}`;
}
