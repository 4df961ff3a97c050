import { isObject } from '../json-fields.js';
import type { ReadEvent } from './event-reader.js';

/** As the upstream says them. */
export interface StreamError {
  /** Its `code`, or where that is null its `type`. */
  readonly code: string | null;
  readonly type: string | null;
  readonly message: string | null;
}

/**
 * The error that an event carries in place of the rest; null: it is none. Chat sends `{error: {…}}`, Responses
 * `{type: "error", code, message}`, some compatible upstreams `{object: "error", …}`. An event of another type
 * may have an `error` in it and go on.
 */
export function streamError({ name, data }: ReadEvent): StreamError | null {
  if (data.kind === 'done') return null;
  const fields = data.kind === 'json' ? data.fields : {};
  const { error, type, object } = fields;
  const isBare = typeof type !== 'string' && (isObject(error) || typeof error === 'string');
  if (!isBare && ![name, type, object].includes('error')) return null;
  if (data.kind === 'other') return { code: null, type: null, message: shortened(data.text) };
  const { code, message, type: kind } = isObject(error) ? error : fields;
  // The type of a bare error is the event's.
  const errorType = kind === 'error' ? null : textOf(kind);
  return {
    code: textOf(code) ?? errorType,
    type: errorType,
    message: shortened(textOf(typeof error === 'string' ? error : message)),
  };
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

const shortened = (text: string | null): string | null => text?.slice(0, MAX_LENGTH) ?? null;

const MAX_LENGTH = 2_000;
