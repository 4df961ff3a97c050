import type { Script } from './event-stream.js';
import { broken } from './openai-error.js';
import type { ReplyText } from './reply-text.js';

export interface ChatCall {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly choices: number;
  readonly includeUsage: boolean;
}

/** Pure. The answer in one piece; always with usage. */
export function chatAnswer(call: ChatCall, said: ReplyText): Readonly<Record<string, unknown>> {
  return {
    id: call.id,
    object: 'chat.completion',
    created: call.created,
    model: call.model,
    choices: indexes(call).map((index) => ({
      index,
      message: { role: 'assistant', content: said.text, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: said.end,
    })),
    usage: usage(call, said),
    service_tier: 'default',
  };
}

/** Pure. The answer as chunks; usage in an extra last one, and only when it was asked for. */
export function chatScript(call: ChatCall, said: ReplyText): Script {
  const chunk = (choices: readonly unknown[], used: unknown = null): { data: unknown } => ({
    data: {
      id: call.id,
      object: 'chat.completion.chunk',
      created: call.created,
      model: call.model,
      choices,
      ...(call.includeUsage ? { usage: used } : {}),
    },
  });
  const delta = (
    index: number,
    content: unknown,
    reason: string | null = null,
  ): { data: unknown } => chunk([{ index, delta: content, logprobs: null, finish_reason: reason }]);
  return {
    opening: indexes(call).map((index) =>
      delta(index, { role: 'assistant', content: '', refusal: null }),
    ),
    pieces: said.pieces.flatMap((content) =>
      indexes(call).map((index) => delta(index, { content })),
    ),
    closing: [
      ...indexes(call).map((index) => delta(index, {}, said.end)),
      ...(call.includeUsage ? [chunk([], usage(call, said))] : []),
      { data: '[DONE]' },
    ],
    failure: { data: { error: broken().body } },
  };
}

const indexes = (call: ChatCall): readonly number[] =>
  Array.from({ length: call.choices }, (_, index) => index);

function usage(call: ChatCall, said: ReplyText): Readonly<Record<string, unknown>> {
  const completionTokens = said.outputTokens * call.choices;
  return {
    prompt_tokens: said.inputTokens,
    completion_tokens: completionTokens,
    total_tokens: said.inputTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
