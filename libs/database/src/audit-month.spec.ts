import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditMonths, monthOfTable } from './audit-month.js';

const namesOf = (first: string, last: string): string[] =>
  auditMonths(new Date(first), new Date(last)).map(({ table }) => table);

describe('months of the audit', () => {
  it.each([
    ['2026-11-30T23:59:59.999Z', '2026-11-30T23:59:59.999Z', ['audit_log_2026_11']],
    [
      '2026-11-23T00:00:00Z',
      '2027-01-01T00:00:00Z',
      ['audit_log_2026_11', 'audit_log_2026_12', 'audit_log_2027_01'],
    ],
    ['2026-11-23T00:00:00Z', '2026-10-01T00:00:00Z', []],
  ])('from %s to %s', (first, last, names) => {
    expect(namesOf(first, last)).toEqual(names);
  });

  it('follow one another without a gap and hold every time between', () => {
    const times = fc.date({
      min: new Date('2024-01-01'),
      max: new Date('2032-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(times, times, (a, b) => {
        const [first, last] = a < b ? [a, b] : [b, a];

        const months = auditMonths(first, last);

        expect(months[0]?.from.getTime()).toBeLessThanOrEqual(first.getTime());
        expect(months.at(-1)?.to.getTime()).toBeGreaterThan(last.getTime());
        months.slice(1).forEach(({ from }, index) => expect(from).toEqual(months[index]?.to));
        for (const month of months) expect(monthOfTable(month.table)).toEqual(month);
      }),
    );
  });

  it.each(['audit_log_default', 'audit_log_2026_13', 'audit_log_2026_00', 'audit', 'tasks'])(
    'are none in %s',
    (table) => {
      expect(monthOfTable(table)).toBeNull();
    },
  );
});
