import { textAt } from '../json.js';
import type { JsonObject } from '../provider.js';

/**
 * The interaction that a webhook tells of. Its envelope is known in part only: `{type, version,
 * timestamp, data: {id, …}}`. Of all that only the id is taken, because a hook is a hint and `check`
 * asks the vendor itself.
 */
export function readInteractionHook(body: unknown): JsonObject | null {
  const id = PLACES.map((place) => textAt(body, ...place)).find(isInteraction);
  return id === undefined ? null : { interaction: id };
}

/** Where an id may be; `id` itself comes last, because it may be the event's own. */
const PLACES = [
  ['data', 'interaction', 'id'],
  ['data', 'interaction_id'],
  ['data', 'id'],
  ['data', 'name'],
  ['interaction', 'id'],
  ['interaction_id'],
  ['id'],
] as const;

/** So far every interaction's id begins like that; what may stand in a path and in a row. */
const isInteraction = (id: string | undefined): boolean =>
  id !== undefined && /^v\d_[\w.:=-]{1,1000}$/.test(id);
