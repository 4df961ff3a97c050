import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientResponseHeaders } from './response-headers.js';
import { headerLines } from './testing/header-lines.js';

const answer = { status: 200, requestId: 'req_1' };

describe('clientResponseHeaders', () => {
  it('passes on what the upstream says, with our request id', () => {
    const upstream = headerLines(
      'Content-Type: application/json',
      'Content-Length: 12',
      'X-Request-Id: up-1',
      'x-ratelimit-remaining-requests: 9',
      'openai-processing-ms: 5',
      'Retry-After: 1',
      'retry-after-ms: 900',
      'Location: /v1/realtime/calls/rtc_1',
      'X-Two: 1',
      'Content-Disposition: attachment',
      'Content-Encoding: gzip',
      'X-Two: 2',
    );

    expect(clientResponseHeaders(upstream, answer)).toEqual([
      ...upstream,
      'x-taskgate-request-id',
      'req_1',
    ]);
  });

  it.each([
    'Set-Cookie',
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'Trailer',
    'Upgrade',
    'Alt-Svc',
    'Strict-Transport-Security',
    'Clear-Site-Data',
    'Access-Control-Allow-Origin',
    'X-Taskgate-Request-Id',
    'X-Taskgate-Ratelimit-Limit-Requests',
    'Proxy-Authenticate',
  ])('holds %s back', (name) => {
    expect(clientResponseHeaders([name, 'upstream'], answer)).not.toContain('upstream');
  });

  it('holds back what Connection names, and a length beside a transfer coding', () => {
    const upstream = headerLines(
      'Connection: X-Hop',
      'X-Hop: 1',
      'transfer-encoding: chunked',
      'content-length: 3',
    );

    expect(clientResponseHeaders(upstream, answer)).toEqual(['x-taskgate-request-id', 'req_1']);
  });

  it('asks proxies in front of us not to buffer an event stream', () => {
    const headers = clientResponseHeaders(['content-type', 'Text/Event-Stream; charset=x'], answer);

    expect(headers).toContain('x-accel-buffering');
  });

  it('gives a 204 no length', () => {
    expect(clientResponseHeaders(['Content-Length', '0'], { ...answer, status: 204 })).toEqual([
      'x-taskgate-request-id',
      'req_1',
    ]);
  });

  it('applied twice changes nothing', () => {
    const name = fc.constantFrom('content-type', 'Connection', 'x-a', 'x-b', 'set-cookie');
    const value = fc.constantFrom('text/event-stream', 'x-a', 'x-b, close', '1');

    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (headers) => {
        const once = clientResponseHeaders(headers.flat(), answer);

        expect(clientResponseHeaders(once, answer)).toEqual(once);
      }),
    );
  });
});
