import { listAt, textAt } from '../json.js';
import type { Json, JsonObject, MediaSlot } from '../provider.js';
import type { MediaLimits } from './media-limits.js';

/** A field of the input that becomes entries of a vendor's list of media. */
export interface MediaField {
  /** One address or a list of them. */
  readonly field: string;
  /** The vendor's name of it (`first_frame`). */
  readonly type: string;
  readonly limits: MediaLimits;
}

export interface MediaList {
  /** `input.media` as the vendor takes it; the addresses are null until the worker has them. */
  readonly entries: readonly JsonObject[];
  readonly slots: readonly MediaSlot[];
}

/** What the input holds of these fields, in their order, which the vendor counts by (`Image 1`). */
export function mediaList(input: JsonObject, fields: readonly MediaField[]): MediaList {
  const found = fields.flatMap((field) => sourcesOf(input, field));
  return {
    entries: found.map(({ type }) => ({ type, url: null })),
    slots: found.map(({ source, path, limits }, index) =>
      slot(`/input/media/${index}/url`, { source, path, limits }),
    ),
  };
}

/** A list of bare addresses in `input` (`reference_urls`). */
export function addressList(
  input: JsonObject,
  name: string,
  fields: readonly MediaField[],
): { readonly entries: readonly Json[]; readonly slots: readonly MediaSlot[] } {
  const found = fields.flatMap((field) => sourcesOf(input, field));
  return {
    entries: found.map(() => null),
    slots: found.map((source, index) => slot(`/input/${name}/${index}`, source)),
  };
}

/** A field of `input` that holds one address; nothing where the input has none. */
export function singleMedia(
  input: JsonObject,
  name: string,
  { field, limits }: Omit<MediaField, 'type'>,
): readonly MediaSlot[] {
  const source = textAt(input, field);
  return source === undefined
    ? []
    : [slot(`/input/${name}`, { source, path: `input.${field}`, limits })];
}

/** How many the input holds of these fields together. */
export function countMedia(input: JsonObject, ...fields: readonly string[]): number {
  return fields.reduce(
    (sum, field) => sum + listAt(input, field).length + (textAt(input, field) ? 1 : 0),
    0,
  );
}

interface Source {
  readonly source: string;
  readonly path: string;
  readonly limits: MediaLimits;
}

function sourcesOf(
  input: JsonObject,
  { field, type, limits }: MediaField,
): readonly (Source & { readonly type: string })[] {
  const single = textAt(input, field);
  if (single !== undefined) return [{ source: single, path: `input.${field}`, limits, type }];
  return listAt(input, field).map((source, index) => ({
    source: String(source),
    path: `input.${field}.${index}`,
    limits,
    type,
  }));
}

function slot(at: string, { source, path, limits }: Source): MediaSlot {
  return { at, field: path, source, ...limits };
}
