import { at, listAt, textAt } from '../json.js';
import type { Film } from './gemini-file.js';

/**
 * The films of an interaction: parts of type `video` in its `model_output` steps; what the caller put
 * in is in other steps. `output_video` is what the vendor's libraries make of the last one.
 */
export function filmsOf(interaction: unknown): readonly Film[] {
  const parts = listAt(interaction, 'steps')
    .filter((step) => textAt(step, 'type') === 'model_output')
    .flatMap((step) => listAt(step, 'content'))
    .filter((part) => textAt(part, 'type') === 'video');
  const found = parts.length > 0 ? parts : [at(interaction, 'output_video')];
  return found.map(readFilm).filter((film) => film !== undefined);
}

/**
 * The films of a replayed stream (`?stream=true`, Server-Sent Events): in pieces of type `video`, or
 * in the steps of the last event.
 */
export function filmsOfStream(text: unknown): readonly Film[] {
  const events = eventsOf(text);
  const whole = events.map((event) => filmsOf(at(event, 'interaction'))).find(isNotEmpty);
  const pieces = events
    .map((event) => at(event, 'delta'))
    .filter((delta) => textAt(delta, 'type') === 'video')
    .map(readFilm)
    .filter((film) => film !== undefined);
  return whole ?? pieces;
}

/** A stream is text; one event alone may have been read as JSON on the way. */
function eventsOf(text: unknown): readonly unknown[] {
  if (typeof text !== 'string') return [text];
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => parse(line.slice('data:'.length)));
}

/** The end mark `[DONE]` is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readFilm(part: unknown): Film | undefined {
  const bytes = Buffer.from(textAt(part, 'data') ?? '', 'base64');
  if (bytes.length > 0) return { bytes };
  const uri = textAt(part, 'uri');
  return uri === undefined ? undefined : { uri };
}

const isNotEmpty = (films: readonly Film[]): boolean => films.length > 0;
