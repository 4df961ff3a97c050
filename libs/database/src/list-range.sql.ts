import type { TaskFilter } from '@app/tasks';
import { encodeTime } from 'ulid';
import type { Add } from './list-parts.sql.js';

/** Between which ids to look. Ids are sorted by the time they were made, so times are ids too. */
export interface IdRange extends Pick<TaskFilter, 'createdAfter' | 'createdBefore'> {
  /** Exclusive. */
  readonly olderThan: string | null;
  /** Exclusive. */
  readonly newerThan: string | null;
}

/** How far an id's time may be ahead of the creation: a clock that was set back. */
const ID_AHEAD_MS = 60_000;

/** SQL of a condition on an id, with its AND. */
export function within(
  { olderThan, newerThan, createdAfter, createdBefore }: IdRange,
  id: string,
  add: Add,
): string {
  const parts: string[] = [];
  if (olderThan !== null) parts.push(`${id} < ${add(olderThan)}`);
  if (newerThan !== null) parts.push(`${id} > ${add(newerThan)}`);
  if (createdAfter) parts.push(`${id} >= ${add(firstId(createdAfter, 0))}`);
  if (createdBefore) parts.push(`${id} < ${add(firstId(createdBefore, ID_AHEAD_MS))}`);
  return parts.map((part) => ` AND ${part}`).join('');
}

/** What an id alone cannot tell, within a minute of an end, the task does. SQL of conditions on `found.id`. */
export function exactly({ createdAfter, createdBefore }: IdRange, add: Add): readonly string[] {
  const parts: string[] = [];
  if (createdAfter)
    parts.push(
      `(found.id >= ${add(firstId(createdAfter, ID_AHEAD_MS))} OR ${created(`> ${add(createdAfter)}`)})`,
    );
  if (createdBefore)
    parts.push(
      `(found.id < ${add(firstId(createdBefore, 0))} OR ${created(`< ${add(createdBefore)}`)})`,
    );
  return parts;
}

const created = (is: string): string =>
  `(SELECT created.created_at ${is} FROM tasks AS created WHERE created.id = found.id)`;

const ULID_TIME_LENGTH = 10;
const ULID_RANDOM_LENGTH = 16;

/** Of all ids of that time, the first. */
function firstId(time: Date, laterMs: number): string {
  const millis = Math.min(Math.max(time.getTime() + laterMs, 0), 2 ** 48 - 1);
  return `tk-${encodeTime(millis, ULID_TIME_LENGTH)}${'0'.repeat(ULID_RANDOM_LENGTH)}`;
}
