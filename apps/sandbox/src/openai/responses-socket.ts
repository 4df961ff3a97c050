import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { DirectionError, takeOrder } from '../directions/order.js';
import { type Fields, readNumber, readText } from '../fields.js';
import type { SandboxState } from '../state.js';
import { eventOf } from './event-of.js';
import { replyText } from './reply-text.js';
import { responseScript } from './responses-answer.js';
import { responseInputText } from './spoken-text.js';

/**
 * Responses over a WebSocket: each `response.create` is answered with the events that a stream of
 * `POST /responses` has. Of the directions `[[fault:error-429]]` refuses it, `[[fault:fail]]` ends it with an
 * error and `[[fault:truncated-output]]` breaks the connection in its middle.
 */
export function responsesSocket(state: SandboxState, socket: WebSocket): void {
  socket.on('message', (data: Buffer) => {
    const event = eventOf(data);
    try {
      if (event && readText(event, 'type') === 'response.create') answer(state, socket, event);
      else say(socket, refusal(400, 'Only response.create is taken here.'));
    } catch (error) {
      if (!(error instanceof DirectionError)) throw error;
      say(socket, refusal(400, error.message));
    }
  });
}

function answer(state: SandboxState, socket: WebSocket, event: Fields): void {
  const prompt = responseInputText(event);
  const order = takeOrder(state, prompt, { faults: FAULTS, delayMs: 0 });
  if (order.shows('error-429')) return say(socket, refusal(429, 'Rate limit reached.'));
  const id = `resp_${randomBytes(24).toString('hex')}`;
  const model = readText(event, 'model');
  state.submits.add({ provider: 'openai', model, vendorId: id, prompt });
  const messageId = `msg_${randomBytes(24).toString('hex')}`;
  const call = { id, messageId, createdAt: Math.floor(state.now() / 1000), model };
  const script = responseScript(
    call,
    replyText(order, readNumber(event, 'max_output_tokens', Infinity)),
  );
  const { opening, pieces, closing, failure } = script;
  for (const { data } of [...opening, ...pieces]) say(socket, data);
  if (order.shows('truncated-output')) return socket.terminate();
  for (const { data } of order.shows('fail') ? [failure] : closing) say(socket, data);
}

const FAULTS = ['error-429', 'fail', 'truncated-output'] as const;

const refusal = (status: number, message: string) => ({
  type: 'error',
  status,
  error: { type: 'invalid_request_error', code: null, message, param: null },
});

const say = (socket: WebSocket, event: unknown): void => socket.send(JSON.stringify(event));
