import type { Frame, Script } from './event-stream.js';
import type { ReplyText } from './reply-text.js';

export interface ResponseCall {
  readonly id: string;
  readonly messageId: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly model: string;
}

/** Pure. The finished response; `incomplete` when the token limit cut it. */
export function responseAnswer(
  call: ResponseCall,
  said: ReplyText,
): Readonly<Record<string, unknown>> {
  return {
    ...responseObject(call, isWhole(said) ? 'completed' : 'incomplete'),
    incomplete_details: INCOMPLETE[said.end],
    output: [messageItem(call, said)],
    usage: {
      input_tokens: said.inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: said.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: said.inputTokens + said.outputTokens,
    },
  };
}

const isWhole = (said: ReplyText): boolean => said.end === 'stop';

/** `incomplete_details` of each end. */
const INCOMPLETE = {
  stop: null,
  length: { reason: 'max_output_tokens' },
  content_filter: { reason: 'content_filter' },
} as const satisfies Record<ReplyText['end'], unknown>;

/** Pure. The typed events, numbered; usage is inside the last one. */
export function responseScript(call: ResponseCall, said: ReplyText): Script {
  let sequence = -1;
  const event = (type: string, fields: Readonly<Record<string, unknown>>): Frame => {
    sequence += 1;
    return { event: type, data: { type, sequence_number: sequence, ...fields } };
  };
  const place = { item_id: call.messageId, output_index: 0, content_index: 0 };
  const running = responseObject(call, 'in_progress');
  const opening = [
    event('response.created', { response: running }),
    event('response.in_progress', { response: running }),
    event('response.output_item.added', {
      output_index: 0,
      item: { ...messageItem(call, said), status: 'in_progress', content: [] },
    }),
    event('response.content_part.added', { ...place, part: textPart('') }),
  ];
  const pieces = said.pieces.map((delta) =>
    event('response.output_text.delta', { ...place, delta, logprobs: [] }),
  );
  const closing = [
    event('response.output_text.done', { ...place, text: said.text, logprobs: [] }),
    event('response.content_part.done', { ...place, part: textPart(said.text) }),
    event('response.output_item.done', { output_index: 0, item: messageItem(call, said) }),
    event(isWhole(said) ? 'response.completed' : 'response.incomplete', {
      response: responseAnswer(call, said),
    }),
  ];
  return {
    opening,
    pieces,
    closing,
    failure: failureAfter(opening.length + Math.ceil(pieces.length / 2)),
  };
}

function failureAfter(sequence: number): Frame {
  return {
    event: 'error',
    data: {
      type: 'error',
      sequence_number: sequence,
      code: 'server_error',
      message: 'The server had an error while processing your request. Sorry about that!',
      param: null,
    },
  };
}

function responseObject(call: ResponseCall, status: string): Readonly<Record<string, unknown>> {
  return {
    id: call.id,
    object: 'response',
    created_at: call.createdAt,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: call.model,
    output: [],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: null,
  };
}

function messageItem(call: ResponseCall, said: ReplyText): Readonly<Record<string, unknown>> {
  const status = isWhole(said) ? 'completed' : 'incomplete';
  return {
    id: call.messageId,
    type: 'message',
    status,
    role: 'assistant',
    content: [textPart(said.text)],
  };
}

const textPart = (text: string): Readonly<Record<string, unknown>> => ({
  type: 'output_text',
  text,
  annotations: [],
  logprobs: [],
});
