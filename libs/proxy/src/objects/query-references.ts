import { looksLikeId, type Reference } from './reference.js';

/** The ids in a query, where a model is none: cursors of lists, parameters that are called `…_id`, and what else looks like one. */
export function queryReferences(query: string): readonly Reference[] {
  if (query.length < 2) return [];
  return [...new URLSearchParams(query)].flatMap(([name, id]) => {
    if (id === '' || name === 'model') return [];
    if (CURSORS.has(name)) return [{ id, how: 'possible', param: name } as const];
    if (!/_ids?(?:\[\])?$/.test(name) && !looksLikeId(id)) return [];
    return [{ id, how: CERTAIN.has(name) ? 'certain' : 'possible', param: name } as const];
  });
}

/** Lists of parts page by ids that are written down nowhere. */
const CURSORS: ReadonlySet<string> = new Set(['after', 'before']);
/** Of WebSockets: what a connection joins. */
const CERTAIN: ReadonlySet<string> = new Set(['call_id', 'conversation_id', 'session_id']);
