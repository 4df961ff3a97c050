import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { DirectionError, takeOrder } from '../directions/order.js';
import { type Fields, isFields, readText } from '../fields.js';
import type { SandboxState } from '../state.js';
import { eventOf } from './event-of.js';

/** What every turn reports; a test can price it. */
const TURN_USAGE = {
  total_tokens: 30,
  input_tokens: 20,
  output_tokens: 10,
  input_token_details: { text_tokens: 5, audio_tokens: 15, cached_tokens: 0 },
  output_token_details: { text_tokens: 2, audio_tokens: 8 },
} as const;

/**
 * A realtime session that says back the audio that it hears. `response.instructions` takes directions:
 * `[[fault:fail]]` closes the connection with 4000 and `[[fault:truncated-output]]` breaks it, both in the
 * middle of a response.
 */
export function realtimeSocket(
  state: SandboxState,
  socket: WebSocket,
  query: URLSearchParams,
): void {
  const say = (type: string, fields: object): void =>
    socket.send(JSON.stringify({ type, event_id: idOf('event'), ...fields }));
  const refuse = (message: string): void =>
    say('error', { error: { type: 'invalid_request_error', message } });
  const heard: string[] = [];
  let session: Fields = {
    type: 'realtime',
    object: 'realtime.session',
    id: idOf('sess'),
    model: query.get('model'),
    max_output_tokens: 'inf',
  };
  const answers: Readonly<Record<string, (event: Fields) => void>> = {
    'session.update': ({ session: changes }) => {
      session = { ...session, ...(isFields(changes) && changes) };
      say('session.updated', { session });
    },
    'input_audio_buffer.append': (event) => void heard.push(readText(event, 'audio')),
    'input_audio_buffer.commit': () =>
      say('input_audio_buffer.committed', { item_id: idOf('item') }),
    'response.create': ({ response }) => {
      const asked = isFields(response) ? readText(response, 'instructions') : '';
      const order = takeOrder(state, asked, { faults: FAULTS, delayMs: 0 });
      const id = idOf('resp');
      const model = readText(session, 'model');
      state.submits.add({ provider: 'openai', model, vendorId: id, prompt: asked });
      say('response.created', { response: { id, status: 'in_progress', usage: null } });
      for (const delta of heard.splice(0))
        say('response.output_audio.delta', { response_id: id, delta });
      if (order.shows('fail')) socket.close(4000, 'The sandbox was told to fail.');
      else if (order.shows('truncated-output')) socket.terminate();
      else say('response.done', { response: { id, status: 'completed', usage: TURN_USAGE } });
    },
  };
  say('session.created', { session });
  socket.on('message', (data: Buffer) => {
    const event = eventOf(data);
    const answer = event ? answers[readText(event, 'type')] : undefined;
    try {
      if (event && answer) answer(event);
      else refuse('Unknown event.');
    } catch (error) {
      if (!(error instanceof DirectionError)) throw error;
      refuse(error.message);
    }
  });
}

const FAULTS = ['fail', 'truncated-output'] as const;

const idOf = (kind: string): string => `${kind}_${randomBytes(12).toString('hex')}`;
