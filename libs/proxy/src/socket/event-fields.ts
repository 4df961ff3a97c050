import { topLevelFields } from '../top-level-fields.js';

/** An event of a connection, as far as it is read. */
export interface EventFields {
  readonly type: string | null;
  /** What the sender calls it. */
  readonly eventId: string | null;
  /** Which of several responses at once it is about. */
  readonly streamId: string | null;
  /** Raw JSON of the fields that were asked for. */
  readonly values: ReadonlyMap<string, string>;
  /** A key that stands twice at its top. */
  readonly doubled: string | null;
}

/** Null: it is no JSON object. Pure. */
export function readEvent(data: Buffer, wanted: readonly string[] = []): EventFields | null {
  const fields = topLevelFields(data, new Set(['type', 'event_id', 'stream_id', ...wanted]));
  if (!fields) return null;
  const { values, doubled } = fields;
  return {
    type: text(values.get('type')),
    eventId: text(values.get('event_id')),
    streamId: text(values.get('stream_id')),
    values,
    doubled,
  };
}

/** The string that raw JSON is; null: it is none. */
export function text(raw: string | undefined): string | null {
  const value = parsed(raw);
  return typeof value === 'string' ? value : null;
}

/** The field of an object, else undefined. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

export function parsed(raw: string | undefined): unknown {
  if (raw === undefined) return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    // What is no JSON says nothing.
    return undefined;
  }
}
