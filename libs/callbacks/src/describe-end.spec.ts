import { OutboundError } from '@app/outbound';
import { describe, expect, it } from 'vitest';
import { describeFailure, describeStatus } from './describe-end.js';
import type { FailureClass } from './judge-error-class.js';

const coded = (code: string): Error => Object.assign(new Error('10.0.0.7 said no'), { code });
const failure = (errorClass: FailureClass, cause?: unknown): string =>
  describeFailure(
    new OutboundError('connect', 'connect 10.0.0.7:443', false, { cause }),
    errorClass,
    10_000,
  );

describe('the words of an attempt', () => {
  it.each(['blocked', 'closed', 'filtered'] as const)(
    'do not tell that an address is %s, whatever lay behind it',
    (errorClass) => {
      expect(failure(errorClass)).toBe('no connection could be made');
      expect(failure(errorClass, coded('ECONNREFUSED'))).toBe('no connection could be made');
      expect(failure(errorClass, coded('CERT_HAS_EXPIRED'))).toBe('no connection could be made');
    },
  );

  it.each([
    ['a time-out', failure('timeout'), 'no answer within 10 s'],
    ['an unknown name', failure('unresolved'), 'the host name could not be resolved'],
    ['a reset', failure('reset', coded('ECONNRESET')), 'connection reset'],
    [
      'an old certificate',
      failure('tls', new Error('x', { cause: coded('CERT_HAS_EXPIRED') })),
      'TLS: the certificate has expired',
    ],
    [
      'a certificate for another name, at the first of several addresses',
      failure('tls', new AggregateError([coded('ERR_TLS_CERT_ALTNAME_INVALID')])),
      'TLS: the certificate is for another name',
    ],
    [
      'other trouble with TLS',
      failure('tls', coded('EPROTO')),
      'TLS: no secure connection could be made',
    ],
  ])('name %s', (_what, text, expected) => {
    expect(text).toBe(expected);
  });

  it('tell plainly why the text of a URL is not taken', () => {
    const error = new OutboundError(
      'refused-address',
      'Address refused: the URL has no host.',
      false,
    );

    expect(describeFailure(error, 'refused-url', 10_000)).toBe(
      'Address refused: the URL has no host.',
    );
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
