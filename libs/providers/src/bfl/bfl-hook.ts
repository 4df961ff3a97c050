import { textAt } from '../json.js';
import type { JsonObject } from '../provider.js';

/**
 * The job that a webhook tells of. Its body is the answer of a check, or `{id, status, error}`; of all
 * that only the id is taken, because a hook is a hint and `check` asks the vendor itself. Such a handle
 * has no address of its own: the job is asked for at the vendor's general one.
 */
export function readFluxHook(body: unknown): JsonObject | null {
  const id = textAt(body, 'id');
  return id !== undefined && JOB_ID.test(id) ? { id } : null;
}

/** What may stand in a query string and in a row; the vendor's ids are UUIDs so far. */
const JOB_ID = /^[\w.:-]{1,200}$/;
