import { at, numberAt } from '../json.js';
import { resolutionOfSize } from './wan-sizes.js';

/** What a finished task says of its film; undefined where it does not. */
export interface FilmFacts {
  /** What the vendor charges: films that went in count beside the one that came out. */
  readonly billedSeconds: number | undefined;
  /** The film that came out. */
  readonly madeSeconds: number | undefined;
  /** `720P`. */
  readonly resolution: string | undefined;
}

/**
 * `usage` has a shape for each generation: `video_duration` and `video_ratio` (a size, or `standard`) of the
 * oldest, `duration` with `size` or `SR` since, and input and output apart in the latest.
 */
export function readFilmFacts(body: unknown): FilmFacts {
  const read = (name: string): number | undefined => positiveAt(at(body, 'usage', name));
  const made = read('output_video_duration');
  const given = read('input_video_duration') ?? 0;
  const billed =
    read('duration') ?? (made === undefined ? undefined : made + given) ?? read('video_duration');
  // Where the two are not told apart, the whole may hold a film that went in.
  const alone = given === 0 ? (read('duration') ?? read('video_duration')) : undefined;
  return { billedSeconds: billed, madeSeconds: made ?? alone, resolution: resolutionOf(body) };
}

/** `720`, `"720"` or `"720P"`, else by the measures. */
function resolutionOf(body: unknown): string | undefined {
  const lines = numberAt(body, 'usage', 'SR') ?? textOf(at(body, 'usage', 'SR'));
  const match = /^(\d{3,4})P?$/i.exec(String(lines ?? ''));
  if (match) return `${match[1]}P`;
  const size = textOf(at(body, 'usage', 'size')) ?? textOf(at(body, 'usage', 'video_ratio')) ?? '';
  return resolutionOfSize(size);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** A number, or a text that is one; nothing else and not 0, which would be a film for free. */
function positiveAt(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}
