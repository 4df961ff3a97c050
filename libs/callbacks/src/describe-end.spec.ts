import { OutboundError } from '@app/outbound';
import { describe, expect, it } from 'vitest';
import { describeFailure, describeStatus } from './describe-end.js';

const coded = (code: string): Error => Object.assign(new Error('10.0.0.7 said no'), { code });
const failure = (kind: OutboundError['kind'], cause?: unknown): string =>
  describeFailure(new OutboundError(kind, 'connect 10.0.0.7:443', false, { cause }), 10_000);

describe('the words of an attempt', () => {
  it.each([
    ['a time-out', failure('timeout'), 'timed out after 10 s'],
    ['a closed port', failure('connect', coded('ECONNREFUSED')), 'connection refused'],
    [
      'several closed addresses',
      failure('connect', new AggregateError([coded('ECONNREFUSED')])),
      'connection refused',
    ],
    [
      'an old certificate',
      failure('connect', new Error('x', { cause: coded('CERT_HAS_EXPIRED') })),
      'TLS: the certificate has expired',
    ],
    ['an unknown code', failure('connect', coded('EWHATEVER')), 'could not connect'],
    ['a reset', failure('reset', coded('ECONNRESET')), 'connection reset'],
  ])('name %s', (_what, text, expected) => {
    expect(text).toBe(expected);
  });

  it.each([
    [200, null],
    [500, null],
    [301, 'redirect refused (301)'],
    [410, 'gone (410): no further attempt is made'],
  ])('of status %i are %j', (status, text) => {
    expect(describeStatus(status)).toBe(text);
  });
});
