import type { TaskFilter } from '@app/tasks';
import { describe, expect, it } from 'vitest';
import { totalCapOf } from './total-cap.js';

const CASES: readonly (readonly [string, TaskFilter, number])[] = [
  ['everything', {}, 10_000],
  ['a time', { createdAfter: new Date(0), createdBefore: new Date(1) }, 10_000],
  ['one status', { status: 'fail' }, 10_000],
  ['one pair', { metadata: { order: '4711' } }, 10_000],
  ['a model and a status', { model: 'flux-2-pro', status: 'success' }, 1_000],
  ['a status and a pair', { status: 'fail', metadata: { order: '4711' } }, 1_000],
  ['two pairs', { metadata: { order: '4711', batch: 'a' } }, 1_000],
];

describe('the total of a list', () => {
  it.each(CASES)('of %s is counted to its cap', (_, filter, cap) => {
    expect(totalCapOf(filter)).toBe(cap);
  });
});
