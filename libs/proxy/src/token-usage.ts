/** What an answer says it used. Null where it does not say: absent must never read as zero. */
export interface ObservedUsage {
  readonly model: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Part of `tokensIn` that came from the upstream's prompt cache. */
  readonly tokensCached: number | null;
  /** Part of `tokensIn` that was written to that cache, where the upstream charges for it. */
  readonly tokensCacheWrite: number | null;
  /** Part of `tokensOut`. */
  readonly tokensReasoning: number | null;
  /** Parts of `tokensIn`. */
  readonly audioIn: number | null;
  readonly imageIn: number | null;
  /** Parts of `tokensCached`. */
  readonly cachedAudio: number | null;
  readonly cachedImage: number | null;
  /** Parts of `tokensOut`. */
  readonly audioOut: number | null;
  readonly textOut: number | null;
  /** Length of the audio, where that is what is counted. Whole: a begun second counts. */
  readonly seconds: number | null;
  /** The tier that the upstream says it worked at. */
  readonly serviceTier: string | null;
  /** Events of a stream that had data; 0 where the answer is none. */
  readonly events: number;
}

export const NOTHING_OBSERVED: ObservedUsage = {
  model: null,
  tokensIn: null,
  tokensOut: null,
  tokensCached: null,
  tokensCacheWrite: null,
  tokensReasoning: null,
  audioIn: null,
  imageIn: null,
  cachedAudio: null,
  cachedImage: null,
  audioOut: null,
  textOut: null,
  seconds: null,
  serviceTier: null,
  events: 0,
};

/** Where an answer, or one event of a streamed answer, tells its model and usage. */
export const USAGE_PATHS: readonly string[] = [
  'model',
  'usage',
  'service_tier',
  'response.model',
  'response.usage',
  'response.service_tier',
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
  const counts = countsOf(fields.get('usage')) ?? countsOf(fields.get('response.usage'));
  const tier =
    modelName(fields.get('service_tier')) ?? modelName(fields.get('response.service_tier'));
  return {
    ...known,
    ...counts,
    model: model ?? known.model,
    serviceTier: tier ?? known.serviceTier,
  };
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
function countsOf(
  raw: string | undefined,
): Omit<ObservedUsage, 'model' | 'serviceTier' | 'events'> | null {
  const usage = parsed(raw);
  if (!isObject(usage)) return null;
  const into = fieldsOf(detailsOf(usage, ['prompt_tokens', 'input_tokens', 'input_token']));
  const out = fieldsOf(detailsOf(usage, ['completion_tokens', 'output_tokens', 'output_token']));
  const cached = fieldsOf(into['cached_tokens_details']);
  return {
    tokensIn: count(usage['prompt_tokens']) ?? count(usage['input_tokens']),
    tokensOut: count(usage['completion_tokens']) ?? count(usage['output_tokens']),
    tokensCached: count(into['cached_tokens']),
    tokensCacheWrite: count(into['cache_write_tokens']),
    tokensReasoning: count(out['reasoning_tokens']),
    audioIn: count(into['audio_tokens']),
    imageIn: count(into['image_tokens']),
    cachedAudio: count(cached['audio_tokens']),
    cachedImage: count(cached['image_tokens']),
    audioOut: count(out['audio_tokens']),
    textOut: count(out['text_tokens']),
    seconds: secondsOf(usage),
  };
}

/** Realtime and transcriptions say `input_token_details`, all others `…_tokens_details`. */
const detailsOf = (usage: Readonly<Record<string, unknown>>, of: readonly string[]): unknown =>
  of.map((name) => usage[`${name}_details`]).find(isObject);

/** Transcriptions of some models count `{type: 'duration', seconds: 27}`. */
function secondsOf(usage: Readonly<Record<string, unknown>>): number | null {
  const { type, seconds } = usage;
  const isLength = type === 'duration' && typeof seconds === 'number' && seconds >= 0;
  return isLength ? count(Math.ceil(seconds)) : null;
}

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  isObject(value) ? value : {};

function parsed(raw: string | undefined): unknown {
  if (raw === undefined) return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    // We only watch: a value that is no JSON is a value that says nothing.
    return undefined;
  }
}
