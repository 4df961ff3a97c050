import { type ImaginedCall, type RawHeaders, headerValue } from '@app/proxy';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import { PASSED_METHODS } from '../pass-through/passed-methods.js';

/**
 * The call that a body describes.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export function readImaginedCall(
  body: object,
): Pick<ImaginedCall, 'method' | 'target' | 'headers' | 'body'> {
  const given = new Map<string, unknown>(Object.entries(body));
  refuseOtherFields(given, ['method', 'path', 'headers', 'body', 'bodyText']);
  const bytes = readBytes(given);
  const headers = readHeaders(given.get('headers') ?? {});
  const isTyped = bytes === null || headerValue(headers, 'content-type') !== undefined;
  return {
    method: readMethod(given.get('method') ?? 'POST'),
    target: readPath(given.get('path')),
    headers: isTyped ? headers : [...headers, 'content-type', 'application/json'],
    body: bytes,
  };
}

function readMethod(value: unknown): string {
  const method = PASSED_METHODS.find((known) => known === value);
  if (method !== undefined) return method;
  throw fieldRefusal('method', `takes one of ${PASSED_METHODS.join(', ')}, not ${shown(value)}`);
}

function readPath(value: unknown): string {
  if (typeof value === 'string' && value.startsWith('/v1/')) return value;
  throw fieldRefusal('path', `takes a path below /v1/, perhaps with a query, not ${shown(value)}`);
}

/** What a header holds is not repeated: it may be a key. */
function readHeaders(value: unknown): RawHeaders {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fieldRefusal('headers', 'takes an object of names and values');
  }
  const entries = Object.entries(value).flatMap(([name, one]: [string, unknown]) =>
    [one].flat().map((text) => [name, text] as const),
  );
  if (entries.length > MAX_HEADERS) throw fieldRefusal('headers', `takes at most ${MAX_HEADERS}`);
  return entries.flatMap(([name, text]) => {
    const path = `headers.${name.slice(0, 80)}`;
    if (!TOKEN.test(name)) throw fieldRefusal(path, 'is not the name of a header');
    if (typeof text === 'string' && FIELD_VALUE.test(text)) return [name, text];
    throw fieldRefusal(path, 'takes a text, or a list of texts, without control characters');
  });
}

/** Null: it has none. */
function readBytes(given: ReadonlyMap<string, unknown>): Buffer | null {
  const text = given.get('bodyText');
  if (text === undefined) return given.has('body') ? jsonOf(given.get('body')) : null;
  if (given.has('body')) throw fieldRefusal('bodyText', 'is not taken beside body');
  if (typeof text === 'string') return Buffer.from(text);
  throw fieldRefusal('bodyText', `takes the text of a body, not ${shown(text)}`);
}

const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const MAX_HEADERS = 100;
/** RFC 9110, 5.6.2 and 5.5. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/;
