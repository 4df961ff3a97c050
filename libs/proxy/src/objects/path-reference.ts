import type { Reference } from './reference.js';

/**
 * The ids of a path, the one that decides first. What follows it must be nobody else's either, and so must
 * the words of a group that is not known.
 */
export function pathReferences(method: string, segments: readonly string[]): readonly Reference[] {
  const words = WORDS.get(segments[0]?.toLowerCase() ?? '');
  if (words === 'nobodys') return [];
  const decisive = pathId(method, segments);
  if (!decisive) return words === undefined ? segments.slice(1).map(possible) : [];
  const behind = segments.slice(segments.indexOf(decisive.id) + 1).map(possible);
  return [{ id: decisive.id, how: 'certain', param: 'id' }, ...behind];
}

const possible = (id: string): Reference => ({ id, how: 'possible', param: 'id' });

/**
 * The id that decides whose a path is: the first one, because what is below an object is part of it. Null:
 * the path names none, it is a collection or an operation.
 * @param segments the decoded parts below `/v1`
 */
export function pathId(method: string, segments: readonly string[]): PathId | null {
  const [group, ...rest] = segments;
  if (group === undefined) return null;
  const words = WORDS.get(group.toLowerCase());
  if (words === 'nobodys' || (words === 'models' && method !== 'DELETE')) return null;
  const isWord = (part: string): boolean =>
    words === undefined ? !isNoWord(part) : words !== 'models' && words.has(part.toLowerCase());
  const at = rest.findIndex((part) => !isWord(part));
  const id = rest[at];
  if (id === undefined) return null;
  return {
    id,
    kind: segments
      .slice(0, at + 1)
      .join('/')
      .toLowerCase(),
    isLast: at === rest.length - 1,
  };
}

export interface PathId {
  readonly id: string;
  /** The collection that it is in. */
  readonly kind: string;
  /** The path is the object's own, not that of something below it. */
  readonly isLast: boolean;
}

/** The collection that a path without an id is; null: it is an object's, or nothing that tenants own is in it. */
export function collectionOf(segments: readonly string[]): string | null {
  const words = WORDS.get(segments[0]?.toLowerCase() ?? '');
  if (segments.length === 0 || words === 'nobodys' || words === 'models') return null;
  return pathId('GET', segments) ? null : segments.join('/').toLowerCase();
}

/** Whether a GET of this collection answers with a list of objects, as far as is known. */
export const isKnownList = (collection: string): boolean => LISTS.has(collection);

const LISTS: ReadonlySet<string> = new Set([
  'agents',
  'agents/automations',
  'agents/environments',
  'agents/environments/templates',
  'agents/sessions',
  'assistants',
  'audio/voice_consents',
  'batches',
  'chat/completions',
  'chatkit/threads',
  'containers',
  'evals',
  'files',
  'fine_tuning/jobs',
  'skills',
  'vaults',
  'vector_stores',
  'videos',
  'webhook_endpoints',
]);

type Words = ReadonlySet<string> | 'nobodys' | 'models';

/**
 * The fixed words of each group (https://platform.openai.com/docs/api-reference, openai 7.57.0): anything
 * else there is an id. `nobodys`: nothing below belongs to a tenant. Models may be read by all who may ask
 * for them.
 */
const WORDS: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['organization', 'nobodys'],
  ['engines', 'nobodys'],
  ['webhook_event_types', 'nobodys'],
  ['models', 'models'],
  ...Object.entries({
    agents: ['automations', 'environments', 'templates', 'sessions'],
    assistants: [],
    audio: ['speech', 'transcriptions', 'translations', 'voice_consents', 'voices'],
    batches: [],
    chat: ['completions'],
    chatkit: ['sessions', 'threads'],
    completions: [],
    containers: [],
    content_provenance_checks: [],
    conversations: [],
    decisions: [],
    embeddings: [],
    evals: [],
    files: [],
    fine_tuning: ['alpha', 'graders', 'run', 'validate', 'checkpoints', 'jobs'],
    images: ['edits', 'generations', 'variations'],
    live: ['sessions'],
    moderations: [],
    realtime: ['calls', 'client_secrets', 'sessions', 'transcription_sessions', 'translations'],
    responses: ['compact', 'input_tokens'],
    safety: ['alerts', 'cases'],
    skills: [],
    threads: ['runs'],
    uploads: [],
    vaults: [],
    vector_stores: [],
    videos: ['characters', 'edits', 'extensions'],
    webhook_endpoints: [],
  }).map(([group, words]): [string, Words] => [group, new Set(words)]),
]);

/** For groups that came later: words are short and without digits, but for the version of something. */
const isNoWord = (part: string): boolean =>
  part.length >= 20 || (/\d/.test(part) && !/^v\d+$/i.test(part));
