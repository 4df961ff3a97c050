import { type Fields, isObject, parsed } from './json-fields.js';

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
  // Groq tells it here, unasked (https://console.groq.com/docs/api-reference).
  'x_groq.usage',
];

/**
 * What is known after one more JSON text: fields it lacks keep their last value, a usage it has
 * replaces the whole of the one before (chat sends `usage: null` in every chunk but one; Responses
 * sends it inside `response` at the end). `fields` are the text's own, or single values by their paths.
 */
export function withFields(known: ObservedUsage, fields: Fields): ObservedUsage {
  const response = fieldsOf(fields['response']);
  const model = nameIn(fields['model'] ?? fields['response.model'] ?? response['model']);
  const tier = nameIn(
    fields['service_tier'] ?? fields['response.service_tier'] ?? response['service_tier'],
  );
  const counts =
    countsOf(fields['usage']) ??
    countsOf(fields['response.usage'] ?? response['usage']) ??
    countsOf(fields['x_groq.usage'] ?? fieldsOf(fields['x_groq'])['usage']) ??
    countsOf(usageOfChoice(fields['choices']));
  const isKnown =
    (model ?? known.model) === known.model && (tier ?? known.serviceTier) === known.serviceTier;
  // Most events of a stream repeat the model and no more.
  if (isKnown && !counts) return known;
  return {
    ...known,
    ...counts,
    model: model ?? known.model,
    serviceTier: tier ?? known.serviceTier,
  };
}

/** A model's name out of raw JSON; null for what cannot be one and would only harm the audit row. */
export const modelName = (raw: string | undefined): string | null => nameIn(parsed(raw));

function nameIn(value: unknown): string | null {
  if (typeof value !== 'string' || value.length === 0 || value.length > 256) return null;
  return /\p{Cc}/u.test(value) ? null : value;
}

/**
 * Chat, completions and embeddings count `prompt_tokens` and `completion_tokens`; Responses, images
 * and audio `input_tokens` and `output_tokens` (https://platform.openai.com/docs/api-reference).
 */
function countsOf(usage: unknown): Omit<ObservedUsage, 'model' | 'serviceTier' | 'events'> | null {
  if (!isObject(usage)) return null;
  const into = detailsOf(usage, 'prompt_tokens', 'input_tokens');
  const out = detailsOf(usage, 'completion_tokens', 'output_tokens');
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

/** Transcriptions write `input_token_details`, all others `input_tokens_details`. */
function detailsOf(usage: Fields, ...names: readonly string[]): Fields {
  const keys = names.flatMap((name) => [`${name}_details`, `${name.slice(0, -1)}_details`]);
  return keys.map((key) => usage[key]).find(isObject) ?? {};
}

/** Moonshot tells it in a stream's last choice, unasked (https://platform.moonshot.ai/docs/api/chat). */
const usageOfChoice = (choices: unknown): unknown =>
  Array.isArray(choices) ? fieldsOf(choices.at(-1))['usage'] : undefined;

/** Transcriptions of some models count `{type: 'duration', seconds: 27}`. */
function secondsOf(usage: Fields): number | null {
  const { type, seconds } = usage;
  const isLength = type === 'duration' && typeof seconds === 'number' && seconds >= 0;
  return isLength ? count(Math.ceil(seconds)) : null;
}

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});
