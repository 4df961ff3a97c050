import { GatewayError } from '@app/errors';
import { isPlainBody, isPlainJson } from '../call-rules.js';
import { isJson } from '../media-type.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerPairs, headerValue, type RawHeaders } from '../raw-headers.js';
import { BodyReferences } from './body-references.js';
import { IdTokens } from './id-tokens.js';
import type { Reference } from './reference.js';
import type { ReferenceScanner } from './upload-watch.js';

/** JSON is read; of anything else the words are looked up, in a form behind its escapes. */
export function scannerFor(headers: RawHeaders): ReferenceScanner {
  if (isPlainJson(headers)) return new BodyReferences();
  let found: Reference[] = [];
  const tokens = new IdTokens((id) => found.push({ id, how: 'possible', param: 'body' }));
  const read = isUrlEncoded(headers) ? percentDecoder() : (bytes: Uint8Array) => bytes;
  return {
    write: (bytes) => tokens.write(read(bytes)),
    end: () => tokens.end(),
    take: () => {
      const taken = found;
      found = [];
      return taken;
    },
  };
}

/** A form like a query; with two types it might be one. */
const isUrlEncoded = (headers: RawHeaders): boolean =>
  [...headerPairs(headers)].some(
    ([name, value]) =>
      name.toLowerCase() === 'content-type' && /x-www-form-urlencoded/i.test(value),
  );

/** Undoes `%2D` and its like, also those that are cut in the middle; what is cut off at the end was no escape. */
function percentDecoder(): (bytes: Uint8Array) => Uint8Array {
  let begun = '';
  return (bytes) => {
    const text = begun + Buffer.from(bytes).toString('latin1');
    begun = /%[0-9a-f]?$/i.exec(text)?.[0] ?? '';
    const whole = text
      .slice(0, text.length - begun.length)
      .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(whole, 'latin1');
  };
}

/**
 * A body that cannot be looked through could name anybody's objects.
 * @throws GatewayError UNSUPPORTED_MEDIA_TYPE
 */
export function refuseUnreadable({ headers, hasBody, body }: ProxyCall): void {
  if (!hasBody || body) return;
  if (!isPlainBody(headers)) throw unreadable('Send it without content-encoding.');
  if (isJson(headerValue(headers, 'content-type')) && !isPlainJson(headers)) {
    throw unreadable('Send JSON as one "content-type: application/json", in UTF-8.');
  }
}

const unreadable = (instead: string): GatewayError =>
  new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The body must be readable, because it may name objects at the upstream. ${instead}`,
  );
