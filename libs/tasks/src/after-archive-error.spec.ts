import { ArchiveError, type ArchiveFailure } from '@app/outputs';
import { describe, expect, it } from 'vitest';
import { afterArchiveError, type ArchiveSituation } from './after-archive-error.js';

const after = (reason: ArchiveFailure, situation: Partial<ArchiveSituation> = {}) =>
  afterArchiveError(new ArchiveError(reason, 'It broke.'), {
    tries: 1,
    sourceExpiresAt: 1_000_000,
    now: 0,
    asked: 'nothing',
    ...situation,
  });

describe('afterArchiveError', () => {
  it.each<ArchiveFailure>([
    'unreachable',
    'http-status',
    'truncated',
    'empty',
    'wrong-type',
    'stalled',
    'store',
  ])('tries again after %s', (reason) => {
    expect(after(reason)).toEqual({ next: 'retry', afterMs: 1_000 });
  });

  it.each<ArchiveFailure>(['gone', 'too-large'])('gives up at once after %s', (reason) => {
    expect(after(reason)).toEqual({
      next: 'fail',
      error: {
        code: 'TASK_FAILED',
        message: 'The result could not be archived after 1 try: It broke.',
        providerCode: null,
        retryable: false,
      },
    });
  });

  it.each([
    [4, { next: 'retry', afterMs: 8_000 }],
    [5, { next: 'fail', error: { code: 'TASK_FAILED' } }],
  ])('answers try %i of a body that is always broken with %o', (tries, expected) => {
    expect(after('truncated', { tries })).toMatchObject(expected);
  });

  it('waits for our own store as long as the vendor keeps the result', () => {
    expect(after('store', { tries: 50 })).toEqual({ next: 'retry', afterMs: 60_000 });
    expect(after('store', { tries: 50, now: 950_000 })).toMatchObject({
      next: 'fail',
      error: { code: 'STORAGE_UNAVAILABLE', retryable: true },
    });
  });

  it('tries no more when the link would be dead by then', () => {
    expect(after('truncated', { now: 999_500 })).toMatchObject({ next: 'fail' });
  });

  it.each([
    ['fresh', 'retry'],
    ['unclear', 'retry'],
    ['nothing', 'fail'],
  ] as const)('answers a dead link, after asking the vendor brought %s, with %s', (asked, next) => {
    expect(after('gone', { asked })).toMatchObject({ next });
    expect(after('gone', { asked, tries: 5 })).toMatchObject({ next: 'fail' });
  });

  it('needs no link to wait for the store', () => {
    expect(after('store', { sourceExpiresAt: Infinity })).toMatchObject({ next: 'retry' });
  });
});
