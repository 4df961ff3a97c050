import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, Incident } from './alert.js';
import { judgeIncidents } from './judge-incidents.js';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);
const breaker = (subject: string): Condition => ({ kind: 'breaker', subject, data: {} });
const incident = (subject: string, beganAt: Date): Incident => ({
  ...breaker(subject),
  id: subject,
  beganAt,
  endedAt: null,
});

describe('what goes on', () => {
  it('begins when it is first seen, once however often it is listed', () => {
    const { begin, end } = judgeIncidents([breaker('a'), breaker('a'), breaker('b')], [], NOW);

    expect(begin.map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect(end).toEqual([]);
  });

  it('is told apart by its kind', () => {
    const account: Condition = { kind: 'account', subject: 'a', data: {} };

    expect(judgeIncidents([account], [incident('a', ago(100))], NOW).begin).toEqual([account]);
  });

  it('is over when it holds no more', () => {
    const was = incident('a', ago(60));

    expect(judgeIncidents([], [was], NOW)).toEqual({ begin: [], end: [was] });
  });

  it('goes on for a minute at least, so that what flaps is one incident', () => {
    expect(judgeIncidents([], [incident('a', ago(59))], NOW)).toEqual({ begin: [], end: [] });
  });

  it('never begins what is open, and never ends what holds', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    fc.assert(
      fc.property(names, names, fc.integer({ min: 0, max: 120 }), (holding, open, seconds) => {
        const incidents = open.map((name) => incident(name, ago(seconds)));
        const { begin, end } = judgeIncidents(holding.map(breaker), incidents, NOW);
        const after = new Set([
          ...open.filter((name) => !end.some(({ subject }) => subject === name)),
          ...begin.map(({ subject }) => subject),
        ]);
        expect(begin.filter(({ subject }) => open.includes(subject as 'a'))).toEqual([]);
        expect(end.filter(({ subject }) => holding.includes(subject as 'a'))).toEqual([]);
        expect(holding.every((name) => after.has(name))).toBe(true);
      }),
    );
  });
});
