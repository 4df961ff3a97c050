import { headerPairs, type RawHeaders } from './raw-headers.js';

/**
 * Lower-case names of the headers that speak about one connection only and must not be forwarded:
 * the known ones and those that `Connection` names (RFC 9110 §7.6.1). Where `Transfer-Encoding` is
 * present it alone frames the message, so a `Content-Length` beside it goes too (RFC 9112 §6.3).
 */
export function hopByHopNames(headers: RawHeaders): ReadonlySet<string> {
  const names = new Set(ALWAYS);
  for (const [name, value] of headerPairs(headers)) {
    const lowerName = name.toLowerCase();
    if (lowerName === 'transfer-encoding') names.add('content-length');
    if (lowerName !== 'connection') continue;
    for (const option of value.split(',')) names.add(option.trim().toLowerCase());
  }
  return names;
}

const ALWAYS: readonly string[] = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
