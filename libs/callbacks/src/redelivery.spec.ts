import { describe, expect, it } from 'vitest';
import type { Delivery } from './delivery.js';
import { isRedeliverable, resumeAfter } from './redelivery.js';

const AT = new Date('2026-11-01T12:00:00.000Z');
const LATER = new Date('2026-11-01T13:00:00.000Z');

describe('what may be sent again', () => {
  it.each<[Delivery['event'], Delivery['state'], boolean]>([
    ['task.success', 'delivered', true],
    ['task.success', 'dead', true],
    ['task.fail', 'pending', true],
    ['callback.test', 'dead', true],
    ['task.handling', 'delivered', false],
    ['task.archiving', 'dead', false],
    ['task.success', 'skipped', false],
  ])('%s that is %s: %s', (event, state, expected) => {
    expect(isRedeliverable({ event, state, body: '{"a":1}' })).toBe(expected);
  });

  it('is nothing of an erased task', () => {
    expect(isRedeliverable({ event: 'task.fail', state: 'delivered', body: '{}' })).toBe(false);
  });
});

describe('the schedule, after an attempt that somebody asked for', () => {
  it.each<[string, Parameters<typeof resumeAfter>[0], Date | null]>([
    [
      'goes on when it would have',
      { state: 'pending', trigger: 'auto', nextAttemptAt: LATER, resumeAt: null },
      LATER,
    ],
    [
      'keeps its place when somebody asks twice',
      { state: 'pending', trigger: 'manual', nextAttemptAt: AT, resumeAt: LATER },
      LATER,
    ],
    [
      'is over for a dead one',
      { state: 'dead', trigger: 'auto', nextAttemptAt: null, resumeAt: null },
      null,
    ],
    [
      'is over for a delivered one that is asked for twice',
      { state: 'delivered', trigger: 'replay', nextAttemptAt: AT, resumeAt: null },
      null,
    ],
    [
      'is over for a final one, whatever an earlier attempt left',
      { state: 'dead', trigger: 'manual', nextAttemptAt: null, resumeAt: LATER },
      null,
    ],
  ])('%s', (_, delivery, expected) => {
    expect(resumeAfter(delivery)).toEqual(expected);
  });
});
