import { OutboundError, type OutboundErrorKind, type UnreachableReason } from '@app/outbound';
import { describe, expect, it } from 'vitest';
import { errorClassOfFailure, errorClassOfStatus } from './judge-error-class.js';

describe('errorClassOfStatus', () => {
  it.each([
    [200, null],
    [204, null],
    [299, null],
    [300, 'redirect'],
    [304, 'redirect'],
    [308, 'redirect'],
    [400, 'client-error'],
    [401, 'misconfigured'],
    [403, 'misconfigured'],
    [404, 'misconfigured'],
    [408, 'client-error'],
    [410, 'gone'],
    [422, 'client-error'],
    [429, 'throttled'],
    [499, 'client-error'],
    [500, 'server-error'],
    [503, 'server-error'],
    [599, 'server-error'],
    [999, 'server-error'],
  ] as const)('takes %i as %s', (status, errorClass) => {
    expect(errorClassOfStatus(status)).toBe(errorClass);
  });
});

describe('errorClassOfFailure', () => {
  it.each(['blocked', 'closed', 'filtered', 'unresolved', 'tls'] as const)(
    'takes the door’s word that it was %s',
    (reason) => {
      expect(errorClassOfFailure(failure('connect', false, reason))).toBe(reason);
    },
  );

  it('knows a URL that is refused by its text', () => {
    expect(errorClassOfFailure(failure('refused-address', false, 'refused-url'))).toBe(
      'refused-url',
    );
  });

  it('does not charge a receiver with a fault of this machine or of the operator’s proxy', () => {
    expect(errorClassOfFailure(failure('connect', false, 'proxy'))).toBeNull();
    expect(errorClassOfFailure(failure('connect', false))).toBeNull();
  });

  it.each([
    ['refused-address', false, 'refused-url'],
    ['unresolved', false, 'unresolved'],
    ['reset', true, 'reset'],
    ['timeout', true, 'timeout'],
    ['timeout', false, 'filtered'],
    ['too-large', true, 'too-large'],
    ['aborted', true, 'interrupted'],
    ['aborted', false, 'interrupted'],
  ] as const)('goes by the kind %s (sent: %s) where nothing more is known', (kind, sent, own) => {
    expect(errorClassOfFailure(failure(kind, sent))).toBe(own);
  });
});

const failure = (kind: OutboundErrorKind, requestSent: boolean, reason?: UnreachableReason) =>
  Object.assign(new OutboundError(kind, 'words', requestSent), { reason });
