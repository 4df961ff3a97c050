import { describe, expect, it } from 'vitest';
import { NEW_RECEIVER, type ReceiverHealth } from './receiver.js';
import { type ReceiverState, receiverState } from './receiver-state.js';

const NOW = new Date('2026-11-01T12:00:00.000Z');
const BEFORE = NOW.getTime() - 1;
const AFTER = NOW.getTime() + 1;

const failing = { failingSince: BEFORE, failures: 3 };
const breakerUntil = (openUntil: number | null) => ({ failures: 5, opened: 1, openUntil });

describe('the state of a receiver', () => {
  it.each<[string, Partial<ReceiverHealth>, ReceiverState]>([
    ['of one that nobody has sent to', {}, 'ok'],
    ['of one that takes what it gets', { lastSuccessAt: BEFORE }, 'ok'],
    ['of one whose last attempts failed', failing, 'failing'],
    [
      'of one that is counted against, and not yet open',
      { ...failing, breaker: breakerUntil(null) },
      'failing',
    ],
    ['of one that is left alone', { ...failing, breaker: breakerUntil(AFTER) }, 'open'],
    ['of one that is tried again', { ...failing, breaker: breakerUntil(BEFORE) }, 'failing'],
    [
      'of one whose time is just up',
      { ...failing, breaker: breakerUntil(NOW.getTime()) },
      'failing',
    ],
    ['of one that asked for a pause', { ...failing, pausedUntil: AFTER }, 'paused'],
    ['of one whose pause is over', { pausedUntil: BEFORE }, 'ok'],
    [
      'of one that is open and paused',
      { ...failing, pausedUntil: AFTER, breaker: breakerUntil(AFTER) },
      'open',
    ],
    [
      'of one that is disabled, whatever else',
      { ...failing, pausedUntil: AFTER, breaker: breakerUntil(AFTER), disabledAt: BEFORE },
      'disabled',
    ],
  ])('%s', (_, fields, expected) => {
    expect(receiverState({ ...NEW_RECEIVER, ...fields }, NOW)).toBe(expected);
  });
});
