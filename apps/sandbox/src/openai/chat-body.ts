import {
  anything,
  boolean,
  integer,
  isFields,
  object,
  text,
  type Check,
  type Shape,
} from '../fields.js';

const ROLES: ReadonlySet<unknown> = new Set([
  'developer',
  'system',
  'user',
  'assistant',
  'tool',
  'function',
]);

const messages: Check = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((message) => isFields(message) && ROLES.has(message['role']))
    ? null
    : 'must be a list of at least one message, each with a role and content';

const UNCHECKED = [
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'metadata',
  'modalities',
  'moderation',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
] as const;

/** https://platform.openai.com/docs/api-reference/chat/create; fields without effect here are taken unchecked. */
export const CHAT_BODY: Shape = {
  required: { model: text(200), messages },
  optional: {
    ...Object.fromEntries(UNCHECKED.map((field) => [field, anything])),
    stream: boolean,
    stream_options: object,
    n: integer(1, 8),
    max_tokens: integer(1, 1_000_000),
    max_completion_tokens: integer(1, 1_000_000),
  },
};
