import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readFields, readList, readNumber, readText } from '../fields.js';
import { chatAnswer, chatScript, type ChatCall } from './chat-answer.js';
import { CHAT_BODY } from './chat-body.js';
import { playStream } from './event-stream.js';
import { languageFaults } from './language-faults.js';
import { takeLanguageOrder } from './language-order.js';
import { checkedBody, requireModel } from './openai-body.js';
import { invalidRequest } from './openai-error.js';
import type { OpenAiState } from './openai-state.js';
import { replyText } from './reply-text.js';
import { sendAnswer } from './send-answer.js';
import { isAssistant, lastMessageText } from './spoken-text.js';

/** `POST /chat/completions`, plain and streamed. */
export async function chat(
  state: OpenAiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = checkedBody(request.body, CHAT_BODY);
  const streams = body['stream'] === true;
  if (body['stream_options'] !== undefined && !streams) {
    throw invalidRequest(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
      null,
    );
  }
  const call: ChatCall = {
    id: `chatcmpl-${randomBytes(14).toString('hex')}`,
    created: Math.floor(state.now() / 1000),
    model: readText(body, 'model'),
    choices: readNumber(body, 'n', 1),
    includeUsage: readFields(body, 'stream_options')['include_usage'] === true,
  };
  requireModel(call.model, 'chat');
  const messages = readList(body, 'messages');
  const order = takeLanguageOrder(
    state,
    { request, reply },
    {
      model: call.model,
      prompt: lastMessageText(messages),
      id: call.id,
      prefilled: isAssistant(messages.at(-1)),
      faults: languageFaults({ speaks: true, streams, endsWithDone: true }),
    },
  );
  if (!order) return;
  const limit = readNumber(body, 'max_completion_tokens', readNumber(body, 'max_tokens', Infinity));
  const said = replyText(order, limit);
  if (streams) await playStream(state, reply, { order, script: chatScript(call, said) });
  else await sendAnswer(state, reply, { order, body: () => chatAnswer(call, said) });
}
