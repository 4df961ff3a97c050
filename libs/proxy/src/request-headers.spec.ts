import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerPairs } from './raw-headers.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { headerLines } from './testing/header-lines.js';

describe('upstreamRequestHeaders', () => {
  it("passes on what the caller says, in its order and case, with the upstream's key", () => {
    const incoming = headerLines(
      'Host: localhost:8000',
      'Authorization: Bearer tenant-a',
      'Content-Length: 12',
      'Content-Type: multipart/form-data; boundary="x y"',
      'OpenAI-Beta: assistants=v2',
      'X-Two: 1',
      'X-Two: 2',
      'Idempotency-Key: k',
      'X-Stainless-Lang: js',
      'Accept-Encoding: gzip, br',
      'Connection: keep-alive',
    );

    expect(upstreamRequestHeaders(incoming, 'sk-up')).toEqual(
      headerLines(
        'Content-Length: 12',
        'Content-Type: multipart/form-data; boundary="x y"',
        'OpenAI-Beta: assistants=v2',
        'X-Two: 1',
        'X-Two: 2',
        'Idempotency-Key: k',
        'X-Stainless-Lang: js',
        'accept-encoding: identity',
        'authorization: Bearer sk-up',
      ),
    );
  });

  it.each([
    'Authorization',
    'x-api-key',
    'API-Key',
    'Cookie',
    'Proxy-Authorization',
    'X-Goog-Api-Key',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Key',
    'OpenAI-Organization',
    'X-HTTP-Method-Override',
    'OpenAI-Project',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'Host',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'Forwarded',
    'X-Real-IP',
    'Via',
    'X-Taskgate-Delivery',
    'Proxy-Connection',
    'HTTP2-Settings',
  ])('holds %s back', (name) => {
    expect(upstreamRequestHeaders([name, 'secret'], 'sk-up')).not.toContain('secret');
  });

  it('holds back what Connection names, and a length beside a transfer coding', () => {
    const incoming = headerLines(
      'Connection: close, X-Hop',
      'connection: X-Other',
      'X-HOP: a',
      'x-other: b',
      'Transfer-Encoding: chunked',
      'Content-Length: 3',
      'X-End: c',
    );

    expect(upstreamRequestHeaders(incoming, 'k').slice(0, -4)).toEqual(['X-End', 'c']);
  });

  it('lets no credential through, whatever else there is, and applied twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyHeader, { maxLength: 20 }), (headers) => {
        const once = upstreamRequestHeaders(headers.flat(), 'sk-up');

        expect(once.join('\n')).not.toContain('tenant-secret');
        expect([...headerPairs(once)].filter(([name]) => /^authorization$/i.test(name))).toEqual([
          ['authorization', 'Bearer sk-up'],
        ]);
        expect(upstreamRequestHeaders(once, 'sk-up')).toEqual(once);
      }),
    );
  });
});

const CREDENTIALS = ['authorization', 'x-api-key', 'cookie', 'sec-websocket-protocol', 'api-key'];

const anyCase = (name: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    name,
    name.toUpperCase(),
    name.replace(/^./, (first) => first.toUpperCase()),
  );

/** A credential with its secret, in any case, or something harmless, `Connection` tricks included. */
const anyHeader = fc.oneof(
  fc.tuple(fc.constantFrom(...CREDENTIALS).chain(anyCase), fc.constant('Bearer tenant-secret')),
  fc.tuple(
    fc.constantFrom('Content-Type', 'Content-Length', 'Connection', 'X-Custom', 'Host', 'Accept'),
    fc.constantFrom('authorization', 'x-custom, accept', '12', 'keep-alive'),
  ),
);
