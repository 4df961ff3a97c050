import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readList, readNumber, readText } from '../fields.js';
import { playStream } from './event-stream.js';
import { languageFaults } from './language-faults.js';
import { takeLanguageOrder } from './language-order.js';
import { checkedBody, requireModel } from './openai-body.js';
import type { OpenAiState } from './openai-state.js';
import { replyText } from './reply-text.js';
import { responseAnswer, responseScript, type ResponseCall } from './responses-answer.js';
import { RESPONSES_BODY } from './responses-body.js';
import { sendAnswer } from './send-answer.js';
import { isAssistant, responseInputText } from './spoken-text.js';

/** `POST /responses`, plain and streamed. */
export async function responses(
  state: OpenAiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = checkedBody(request.body, RESPONSES_BODY);
  const call: ResponseCall = {
    id: `resp_${randomBytes(24).toString('hex')}`,
    messageId: `msg_${randomBytes(24).toString('hex')}`,
    createdAt: Math.floor(state.now() / 1000),
    model: readText(body, 'model'),
  };
  requireModel(call.model, 'chat');
  const streams = body['stream'] === true;
  const order = takeLanguageOrder(
    state,
    { request, reply },
    {
      model: call.model,
      prompt: responseInputText(body),
      id: call.id,
      prefilled: isAssistant(readList(body, 'input').at(-1)),
      faults: languageFaults({ speaks: true, streams, endsWithDone: false }),
    },
  );
  if (!order) return;
  const said = replyText(order, readNumber(body, 'max_output_tokens', Infinity));
  if (streams) await playStream(state, reply, { order, script: responseScript(call, said) });
  else await sendAnswer(state, reply, { order, body: () => responseAnswer(call, said) });
}
