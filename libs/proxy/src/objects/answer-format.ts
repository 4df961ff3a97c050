import { isPlainBody } from '../call-rules.js';
import { isEventStream, isJson } from '../media-type.js';
import { headerValue, type RawHeaders } from '../raw-headers.js';

/** How an answer can be read; null: not at all, as when the upstream encodes it though asked not to. */
export function formatOf(headers: RawHeaders): 'json' | 'events' | null {
  const type = headerValue(headers, 'content-type');
  if (!isPlainBody(headers)) return null;
  if (isEventStream(type)) return 'events';
  return isJson(type) ? 'json' : null;
}
