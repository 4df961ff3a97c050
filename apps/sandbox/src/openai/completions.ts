import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  anything,
  boolean,
  integer,
  object,
  readFields,
  readNumber,
  readText,
  text,
  type Check,
  type Shape,
} from '../fields.js';
import { playStream, type Frame, type Script } from './event-stream.js';
import { languageFaults } from './language-faults.js';
import { takeLanguageOrder } from './language-order.js';
import { checkedBody, requireModel } from './openai-body.js';
import { broken } from './openai-error.js';
import type { OpenAiState } from './openai-state.js';
import { replyText, type ReplyText } from './reply-text.js';
import { sendAnswer } from './send-answer.js';

const prompt: Check = (value) =>
  typeof value === 'string' || (Array.isArray(value) && value.length > 0)
    ? null
    : 'must be a string or a list of at least one';

const UNCHECKED = [
  'best_of',
  'echo',
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'presence_penalty',
  'seed',
  'stop',
  'suffix',
  'temperature',
  'top_p',
  'user',
] as const;

/** https://platform.openai.com/docs/api-reference/completions/create; fields without effect here are taken unchecked. */
const COMPLETIONS_BODY: Shape = {
  required: { model: text(200), prompt },
  optional: {
    ...Object.fromEntries(UNCHECKED.map((field) => [field, anything])),
    stream: boolean,
    stream_options: object,
    n: integer(1, 1),
    max_tokens: integer(1, 1_000_000),
  },
};

interface Completion {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly includeUsage: boolean;
}

/** `POST /completions`, the legacy endpoint, plain and streamed; one prompt, one choice. */
export async function completions(
  state: OpenAiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = checkedBody(request.body, COMPLETIONS_BODY);
  const streams = body['stream'] === true;
  const call: Completion = {
    id: `cmpl-${randomBytes(14).toString('hex')}`,
    created: Math.floor(state.now() / 1000),
    model: readText(body, 'model'),
    includeUsage: readFields(body, 'stream_options')['include_usage'] === true,
  };
  requireModel(call.model, 'chat');
  const order = takeLanguageOrder(
    state,
    { request, reply },
    {
      model: call.model,
      prompt: [body['prompt']].flat().join(' '),
      id: call.id,
      prefilled: false,
      faults: languageFaults({ speaks: true, streams, endsWithDone: true }),
    },
  );
  if (!order) return;
  const said = replyText(order, readNumber(body, 'max_tokens', Infinity));
  if (streams) await playStream(state, reply, { order, script: script(call, said) });
  else await sendAnswer(state, reply, { order, body: () => answer(call, said) });
}

function answer(call: Completion, said: ReplyText): Readonly<Record<string, unknown>> {
  return { ...part(call, said.text, said.end), usage: usage(said) };
}

/** Usage in an extra last chunk, and only when it was asked for. */
function script(call: Completion, said: ReplyText): Script {
  const chunk = (fields: Readonly<Record<string, unknown>>, used: unknown = null): Frame => ({
    data: { ...fields, ...(call.includeUsage ? { usage: used } : {}) },
  });
  return {
    opening: [],
    pieces: said.pieces.map((piece) => chunk(part(call, piece, null))),
    closing: [
      chunk(part(call, '', said.end)),
      ...(call.includeUsage ? [chunk({ ...part(call, '', null), choices: [] }, usage(said))] : []),
      { data: '[DONE]' },
    ],
    failure: { data: { error: broken().body } },
  };
}

const part = (
  { id, created, model }: Completion,
  said: string,
  finishReason: string | null,
): Readonly<Record<string, unknown>> => ({
  id,
  object: 'text_completion',
  created,
  model,
  choices: [{ text: said, index: 0, logprobs: null, finish_reason: finishReason }],
});

const usage = ({ inputTokens, outputTokens }: ReplyText): Readonly<Record<string, unknown>> => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
});
