import { topLevelFields } from '../top-level-fields.js';
import type { ProxyCall } from '../proxy-call.js';
import { collectionOf } from './path-reference.js';

/** Where an answer names objects that the upstream made, by their path (`data.id` leads through arrays too): their kind. */
export type MadePaths = Readonly<Record<string, string>>;

/** What the answer to this call may name of new objects; null: nothing, it need not be looked at. */
export function madeBy(call: ProxyCall): MadePaths | null {
  const { segments } = call.target;
  const path = segments.map((segment) => segment.toLowerCase());
  const row = ROWS.find(([method, pattern]) => method === call.method && isAt(path, pattern));
  if (row) return storesNothing(call, path) ? null : row[2];
  const collection = call.method === 'POST' ? collectionOf(segments) : null;
  return collection === null || STATELESS.has(collection) ? null : { id: collection };
}

const isAt = (path: readonly string[], pattern: string): boolean => {
  const parts = pattern.split('/');
  return (
    parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at])
  );
};

/** As far as its body was read; one that was not may store what it makes. */
function storesNothing({ body, method }: ProxyCall, path: readonly string[]): boolean {
  if (method !== 'POST' || !body) return false;
  const isChat = path[0] === 'chat';
  if (path[0] !== 'responses' && !isChat) return false;
  const store = topLevelFields(body.bytes, STORE)?.values.get('store');
  if (isChat) return store !== 'true';
  // A tool's container is made all the same.
  return store === 'false' && !body.bytes.includes('code_interpreter');
}

const STORE: ReadonlySet<string> = new Set(['store']);

const ITEMS = 'responses/items';
const OUTPUT: MadePaths = {
  'output.id': ITEMS,
  'output.container_id': 'containers',
  'response.output.id': ITEMS,
  'response.output.container_id': 'containers',
  'item.id': ITEMS,
  'item.container_id': 'containers',
};
const BATCH_FILES: MadePaths = { output_file_id: 'files', error_file_id: 'files' };
const STORES: MadePaths = { 'tool_resources.file_search.vector_store_ids': 'vector_stores' };
const MESSAGE_FILES = ['image_file.file_id', 'text.annotations.file_path.file_id'];
const JOB_FILES: MadePaths = { result_files: 'files' };

const under = (prefix: string, paths: readonly string[], kind: string): MadePaths =>
  Object.fromEntries(paths.map((path) => [`${prefix}${path}`, kind]));

/**
 * What makes more than the object that a POST to its collection answers with, or shows later what it made.
 * Of a GET only fields that the upstream alone fills: what a caller wrote must never make an object its own.
 */
const ROWS: readonly (readonly [method: string, pattern: string, paths: MadePaths])[] = [
  ['POST', 'chat/completions', { id: 'chat/completions' }],
  ['POST', 'responses', { id: 'responses', 'response.id': 'responses', ...OUTPUT }],
  ['GET', 'responses/*', OUTPUT],
  ['GET', 'responses/*/input_items', { 'data.id': ITEMS }],
  ['POST', 'conversations/*/items', { 'data.id': 'conversations/items' }],
  ['GET', 'conversations/*/items', { 'data.id': 'conversations/items' }],
  ['GET', 'batches/*', BATCH_FILES],
  ['POST', 'batches/*/cancel', BATCH_FILES],
  ['GET', 'batches', under('data.', Object.keys(BATCH_FILES), 'files')],
  ['GET', 'fine_tuning/jobs/*', JOB_FILES],
  ['GET', 'fine_tuning/jobs', under('data.', Object.keys(JOB_FILES), 'files')],
  ['POST', 'uploads/*/complete', { 'file.id': 'files' }],
  ['POST', 'videos/*/remix', { id: 'videos' }],
  ['POST', 'videos/edits', { id: 'videos' }],
  ['POST', 'videos/extensions', { id: 'videos' }],
  ['POST', 'live/sessions/*/fork', { id: 'live/sessions' }],
  ['POST', 'threads', { id: 'threads', ...STORES }],
  ['POST', 'threads/*', STORES],
  // As a stream it shows the thread itself first.
  ['POST', 'threads/runs', { thread_id: 'threads', id: 'threads' }],
  ['POST', 'agents/sessions', { id: 'agents/sessions', 'session.id': 'agents/sessions' }],
  ['GET', 'threads/*/messages', under('data.content.', MESSAGE_FILES, 'files')],
  ['GET', 'threads/*/messages/*', under('content.', MESSAGE_FILES, 'files')],
  ['POST', 'assistants', { id: 'assistants', ...STORES }],
  ['POST', 'assistants/*', STORES],
];

/** POSTs that leave nothing behind at the upstream. */
const STATELESS: ReadonlySet<string> = new Set([
  'audio/speech',
  'audio/transcriptions',
  'audio/translations',
  'completions',
  'embeddings',
  'fine_tuning/alpha/graders/run',
  'fine_tuning/alpha/graders/validate',
  'images/edits',
  'images/generations',
  'images/variations',
  'moderations',
  'realtime/client_secrets',
  'realtime/sessions',
  'realtime/transcription_sessions',
  'realtime/translations/client_secrets',
  'rerank',
  'responses/compact',
  'responses/input_tokens',
]);
