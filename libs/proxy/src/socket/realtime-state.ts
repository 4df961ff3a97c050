import { fieldOf, parsed } from './event-fields.js';

/** What a realtime session is, as the upstream confirmed it last. */
export interface RealtimeState {
  readonly model: string | null;
  /** Of the model that writes down what is heard; null: none does. */
  readonly transcriptionModel: string | null;
  /** Null: as many as the model can. */
  readonly maxTokens: number | null;
  /** It only listens. */
  readonly isTranscription: boolean;
}

export const UNCONFIRMED: RealtimeState = {
  model: null,
  transcriptionModel: null,
  maxTokens: null,
  isTranscription: false,
};

/** The session of `session.created`, `session.updated` and their like, from its raw JSON. Pure. */
export function realtimeState(raw: string | undefined): RealtimeState {
  const session = parsed(raw);
  const input = fieldOf(fieldOf(session, 'audio'), 'input');
  const heard =
    fieldOf(input, 'transcription') ?? fieldOf(session, 'input_audio_transcription') ?? null;
  const most =
    fieldOf(session, 'max_output_tokens') ?? fieldOf(session, 'max_response_output_tokens');
  return {
    model: name(fieldOf(session, 'model')),
    transcriptionModel: name(fieldOf(heard, 'model')),
    maxTokens: typeof most === 'number' ? most : null,
    isTranscription: fieldOf(session, 'type') === 'transcription',
  };
}

export const CONFIRMS: ReadonlySet<string | null> = new Set([
  'session.created',
  'session.updated',
  'transcription_session.created',
  'transcription_session.updated',
]);

const name = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
