/** What an answer says it used. Null where it does not say: absent must never read as zero. */
export interface ObservedUsage {
  readonly model: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Part of `tokensIn` that came from the upstream's prompt cache. */
  readonly tokensCached: number | null;
}

export const NOTHING_OBSERVED: ObservedUsage = {
  model: null,
  tokensIn: null,
  tokensOut: null,
  tokensCached: null,
};

/** Where an answer, or one event of a streamed answer, tells its model and usage. */
export const USAGE_PATHS: readonly string[] = [
  'model',
  'usage',
  'response.model',
  'response.usage',
];

/**
 * What is known after one more JSON text: fields it lacks keep their last value, a usage it has
 * replaces the whole of the one before (chat sends `usage: null` in every chunk but one; Responses
 * sends it inside `response` at the end).
 */
export function withFields(
  known: ObservedUsage,
  fields: ReadonlyMap<string, string>,
): ObservedUsage {
  if (fields.size === 0) return known;
  const model = modelName(fields.get('model')) ?? modelName(fields.get('response.model'));
  const tokens = tokenCounts(fields.get('usage')) ?? tokenCounts(fields.get('response.usage'));
  return { ...known, ...tokens, model: model ?? known.model };
}

/** A model's name out of raw JSON; null for what cannot be one and would only harm the audit row. */
export function modelName(raw: string | undefined): string | null {
  const value = parsed(raw);
  if (typeof value !== 'string' || value.length === 0 || value.length > 256) return null;
  return /\p{Cc}/u.test(value) ? null : value;
}

/**
 * Chat, completions and embeddings count `prompt_tokens` and `completion_tokens`; Responses, images
 * and audio `input_tokens` and `output_tokens` (https://platform.openai.com/docs/api-reference).
 */
function tokenCounts(raw: string | undefined): Omit<ObservedUsage, 'model'> | null {
  const usage = parsed(raw);
  if (!isObject(usage)) return null;
  return {
    tokensIn: count(usage['prompt_tokens']) ?? count(usage['input_tokens']),
    tokensOut: count(usage['completion_tokens']) ?? count(usage['output_tokens']),
    tokensCached:
      cachedTokens(usage['prompt_tokens_details']) ?? cachedTokens(usage['input_tokens_details']),
  };
}

const cachedTokens = (details: unknown): number | null =>
  isObject(details) ? count(details['cached_tokens']) : null;

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(raw: string | undefined): unknown {
  if (raw === undefined) return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    // We only watch: a value that is no JSON is a value that says nothing.
    return undefined;
  }
}
