import { textAt } from '../json.js';
import type { JsonObject, ProviderContext } from '../provider.js';
import { askArk, callArk } from './ark-call.js';
import { arkError } from './ark-error.js';
import { taskPath } from './seedance-task.js';

/**
 * DELETE means two things: it cancels a task that still waits, and it erases the record of one that is
 * over, its film included. So it is sent right after a look that saw the task waiting, and to no other. A
 * task would have to start and end between the two calls to be erased; a film takes longer, and what may
 * be lost so is a refusal's reason. @throws ProviderError when it can be asked again
 */
export async function cancelTask(
  handle: JsonObject,
  context: ProviderContext,
): Promise<'stopped' | 'too-late'> {
  const seen = await callArk(context, { method: 'GET', path: taskPath(handle) });
  if (textAt(seen.body, 'status') !== 'queued') return 'too-late';
  const answer = await askArk(context, { method: 'DELETE', path: taskPath(handle) });
  if (answer.status === 200 || answer.status === 204) return 'stopped';
  if (HAS_MOVED_ON.has(answer.status)) return 'too-late';
  throw arkError(answer);
}

/** It runs by now, or is gone; which status the vendor says it with is on none of its pages. */
const HAS_MOVED_ON: ReadonlySet<number> = new Set([400, 403, 404, 409]);
