import { topLevelFields } from '../top-level-fields.js';
import { text } from './event-fields.js';

/** What a realtime event of a caller asks for, wherever in it that stands. */
export interface NamedModels {
  readonly models: readonly string[];
  /** Each maximum of tokens that it names; null: none at all (`inf`). */
  readonly maxTokens: readonly (number | null)[];
  /** A key that stands twice: two readers could take two values for it. */
  readonly doubled: string | null;
  /** Why nothing should be concluded from it; null: it says what the upstream will read. */
  readonly flaw: string | null;
}

/**
 * Models stand in the event, in its `session` or `response`, and below those with the transcription
 * (`session.audio.input.transcription.model`; before that `session.input_audio_transcription.model`). Pure.
 */
export function namedModels(data: Buffer): NamedModels {
  const found: Found = { models: [], maxTokens: [], doubled: null, flaw: null };
  look(data, found);
  return found;
}

interface Found {
  readonly models: string[];
  readonly maxTokens: (number | null)[];
  doubled: string | null;
  flaw: string | null;
}

function look(bytes: Buffer, found: Found): void {
  const fields = topLevelFields(bytes, WANTED);
  if (!fields) return;
  found.doubled ??= fields.doubled;
  if (fields.misspelled !== null) {
    found.flaw ??= `${fields.misspelled} is no field; write it in small letters.`;
  }
  for (const [name, raw] of fields.values) {
    if (INSIDE.has(name)) look(Buffer.from(raw), found);
    else if (raw !== 'null') note(name, raw, found);
  }
}

function note(name: string, raw: string, found: Found): void {
  if (name !== 'model') {
    const count = Number(raw);
    found.maxTokens.push(Number.isSafeInteger(count) && count >= 0 ? count : null);
    return;
  }
  const model = text(raw);
  if (model === null) found.flaw ??= 'model takes the name of a model.';
  else found.models.push(model);
}

const INSIDE: ReadonlySet<string> = new Set([
  'session',
  'response',
  'audio',
  'input',
  'transcription',
  'input_audio_transcription',
]);
const WANTED: ReadonlySet<string> = new Set([
  ...INSIDE,
  'model',
  'max_output_tokens',
  'max_response_output_tokens',
]);
