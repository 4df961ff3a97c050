import { ProviderError } from '@app/errors';
import { OutboundError, type OutboundErrorKind } from '@app/outbound';
import { AxiosError } from 'axios';
import { describe, expect, it } from 'vitest';
import { transportError } from './transport-error.js';

/** As the door's axios adapter throws it: the door's error is the cause. */
function thrown(kind: OutboundErrorKind, requestSent: boolean): unknown {
  return AxiosError.from(new OutboundError(kind, 'told', requestSent));
}

describe('transportError', () => {
  it.each<[OutboundErrorKind, boolean, 'no' | 'unknown']>([
    ['refused-address', false, 'no'],
    ['unresolved', false, 'no'],
    ['connect', false, 'no'],
    ['timeout', false, 'no'],
    ['timeout', true, 'unknown'],
    ['reset', true, 'unknown'],
    ['too-large', true, 'unknown'],
    ['aborted', true, 'unknown'],
  ])('%s with the request sent: %s is %s', (kind, requestSent, accepted) => {
    const error = transportError('BFL', thrown(kind, requestSent));

    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ accepted, retryable: true });
    expect(error.message).toContain(kind);
  });

  it('takes the door’s error bare as well', () => {
    const error = transportError('BFL', new OutboundError('connect', 'told', false));

    expect(error.accepted).toBe('no');
  });

  it('is unknown for anything that the door does not vouch for', () => {
    const reset = new AxiosError('socket hang up', 'ECONNRESET');

    expect(transportError('BFL', reset)).toMatchObject({ accepted: 'unknown', retryable: true });
    expect(transportError('BFL', 'a text')).toMatchObject({ accepted: 'unknown', retryable: true });
  });

  it('never carries the request along, because its headers hold the key', () => {
    const { cause } = transportError('BFL', thrown('reset', true));

    expect(cause).toBeInstanceOf(OutboundError);
  });
});
