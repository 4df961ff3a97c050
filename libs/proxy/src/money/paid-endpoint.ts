import { endpointKind } from '../endpoint-kind.js';

/**
 * What a call is charged by: `text` tokens in and out, `embeddings` tokens in, `images`, `speech`
 * characters, `transcription` seconds or tokens, `realtime` the turns of a session; `free` costs nothing; of `unpriced` it is not known.
 */
export type PaidEndpoint =
  'text' | 'embeddings' | 'images' | 'speech' | 'transcription' | 'realtime' | 'free' | 'unpriced';

/** Pure. The path is normalised, without a query; whether anything else is free, `endpointKind` says. */
export function paidEndpoint(method: string, path: string): PaidEndpoint {
  const listed = method === 'POST' ? POSTS.get(path) : undefined;
  if (listed) return listed;
  const { kind } = endpointKind(method, path.slice('/v1/'.length).split('/'));
  return kind === 'free' ? 'free' : 'unpriced';
}

const POSTS: ReadonlyMap<string, PaidEndpoint> = new Map([
  ['/v1/chat/completions', 'text'],
  ['/v1/completions', 'text'],
  ['/v1/responses', 'text'],
  ['/v1/embeddings', 'embeddings'],
  ['/v1/images/generations', 'images'],
  ['/v1/images/edits', 'images'],
  ['/v1/audio/speech', 'speech'],
  ['/v1/audio/transcriptions', 'transcription'],
  ['/v1/audio/translations', 'transcription'],
  ['/v1/realtime', 'realtime'],
  ['/v1/moderations', 'free'],
  ['/v1/responses/input_tokens', 'free'],
]);
