/**
 * What a call is charged by: `text` tokens in and out, `embeddings` tokens in, `images`, `speech`
 * characters, `transcription` seconds or tokens; `free` costs nothing; of `unpriced` it is not known.
 */
export type PaidEndpoint =
  'text' | 'embeddings' | 'images' | 'speech' | 'transcription' | 'free' | 'unpriced';

/** Pure. The path is normalised, without a query. */
export function paidEndpoint(method: string, path: string): PaidEndpoint {
  if (READING.has(method)) return 'free';
  if (method !== 'POST') return 'unpriced';
  const listed = POSTS[path];
  if (listed && Object.hasOwn(POSTS, path)) return listed;
  return FREE_POSTS.some((pattern) => pattern.test(path)) ? 'free' : 'unpriced';
}

/** What reads or removes is charged by no upstream. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

const POSTS: Readonly<Record<string, PaidEndpoint>> = {
  '/v1/chat/completions': 'text',
  '/v1/completions': 'text',
  '/v1/responses': 'text',
  '/v1/embeddings': 'embeddings',
  '/v1/images/generations': 'images',
  '/v1/images/edits': 'images',
  '/v1/audio/speech': 'speech',
  '/v1/audio/transcriptions': 'transcription',
  '/v1/audio/translations': 'transcription',
  '/v1/moderations': 'free',
  '/v1/responses/input_tokens': 'free',
};

/** Uploads, and changes of what is stored; they name no model and generate nothing. */
const FREE_POSTS: readonly RegExp[] = [
  /^\/v1\/files$/,
  /^\/v1\/uploads(\/[^/]+\/(parts|complete|cancel))?$/,
  /^\/v1\/chat\/completions\/[^/]+$/,
  /^\/v1\/(responses|batches)\/[^/]+\/cancel$/,
  /^\/v1\/conversations(\/[^/]+(\/items)?)?$/,
];
