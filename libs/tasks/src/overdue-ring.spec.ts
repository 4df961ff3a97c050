import { describe, expect, it } from 'vitest';
import { firstRing, isAboutLease } from './overdue-ring.js';
import { NOON } from './testing/make-task.js';
import type { Ring } from './transition.js';

const named = (ring: string): Ring => ({ step: 'submit', subject: 'tk-1', ring, dueAt: NOON });

describe('a ring for an overdue row', () => {
  it.each([
    ['again-0', '0', false],
    ['again-12', '12', false],
    ['lease-2', 'lease-2', true],
    ['3', '3', false],
  ])('%s stands in for %s; about a lease: %s', (ring, first, aboutLease) => {
    expect(firstRing(named(ring))).toBe(first);
    expect(isAboutLease(named(ring))).toBe(aboutLease);
  });
});
