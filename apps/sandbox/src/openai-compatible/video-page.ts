import { isFields, readText } from '../fields.js';
import { invalidRequest } from '../openai/openai-error.js';
import type { VideoTask } from './video-task.js';

export interface VideoPage {
  readonly tasks: readonly VideoTask[];
  readonly hasMore: boolean;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** A page of `GET /videos`; `tasks` are oldest first. @throws OpenAiError */
export function videoPage(tasks: readonly VideoTask[], query: unknown): VideoPage {
  const { after, limit, order } = readQuery(isFields(query) ? query : {});
  const ordered = order === 'asc' ? tasks : tasks.toReversed();
  const start = after === '' ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== '' && start === 0) {
    throw invalidRequest(`No video with id '${after}'.`, 'after', 'invalid_value');
  }
  return {
    tasks: ordered.slice(start, start + limit),
    hasMore: start + limit < ordered.length,
  };
}

function readQuery(query: Readonly<Record<string, unknown>>) {
  const order = readText(query, 'order', 'desc');
  if (order !== 'asc' && order !== 'desc') {
    throw invalidRequest("Invalid value for 'order': asc or desc.", 'order', 'invalid_value');
  }
  const limit = Number(readText(query, 'limit', String(DEFAULT_LIMIT)));
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    const message = `Invalid value for 'limit': an integer from 1 to ${MAX_LIMIT}.`;
    throw invalidRequest(message, 'limit', 'invalid_value');
  }
  return { after: readText(query, 'after'), limit, order };
}
