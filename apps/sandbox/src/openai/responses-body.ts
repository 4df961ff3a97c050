import { anything, boolean, integer, text, type Check, type Shape } from '../fields.js';

const input: Check = (value) =>
  typeof value === 'string' || (Array.isArray(value) && value.length > 0)
    ? null
    : 'must be a string or a list of at least one item';

const UNCHECKED = [
  'access_programs',
  'background',
  'context_management',
  'conversation',
  'image',
  'include',
  'instructions',
  'max_tool_calls',
  'metadata',
  'moderation',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream_options',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
] as const;

/** https://platform.openai.com/docs/api-reference/responses/create; fields without effect here are taken unchecked. */
export const RESPONSES_BODY: Shape = {
  required: { model: text(200), input },
  optional: {
    ...Object.fromEntries(UNCHECKED.map((field) => [field, anything])),
    stream: boolean,
    max_output_tokens: integer(1, 1_000_000),
  },
};
