import { GatewayError } from '@app/errors';
import { isPlainBody, isPlainJson } from '../call-rules.js';
import { isJson } from '../media-type.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerValue, type RawHeaders } from '../raw-headers.js';
import { BodyReferences } from './body-references.js';
import { IdTokens } from './id-tokens.js';
import type { Reference } from './reference.js';
import type { ReferenceScanner } from './upload-watch.js';

/** JSON is read; of anything else the words are looked up. */
export function scannerFor(headers: RawHeaders): ReferenceScanner {
  if (isPlainJson(headers)) return new BodyReferences();
  let found: Reference[] = [];
  const tokens = new IdTokens((id) => found.push({ id, how: 'possible', param: 'body' }));
  return {
    write: (bytes) => tokens.write(bytes),
    end: () => tokens.end(),
    take: () => {
      const taken = found;
      found = [];
      return taken;
    },
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
