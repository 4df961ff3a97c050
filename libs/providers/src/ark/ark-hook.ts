import { textAt } from '../json.js';
import type { JsonObject } from '../provider.js';

/**
 * The job that a callback tells of. Its body is the task as a look shows it, unsigned and at every
 * change of status; only the id is taken, because `check` asks the vendor itself.
 */
export function readArkHook(body: unknown): JsonObject | null {
  const id = textAt(body, 'id');
  return id !== undefined && TASK_ID.test(id) ? { id } : null;
}

/** What may stand in a path and in a row; the vendor's ids look like `cgt-20260405024433-sbj8r`. */
const TASK_ID = /^[\w-]{1,200}$/;
