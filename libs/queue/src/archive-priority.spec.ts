import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archivePriority } from './archive-priority.js';

const NOON = new Date('2026-06-01T12:00:00.000Z');
const after = (ms: number) => new Date(NOON.getTime() + ms);

describe('archivePriority', () => {
  it('serves the link that dies first before the others', () => {
    const hour = archivePriority({ dueAt: NOON, expiresAt: after(3_600_000) });
    const week = archivePriority({ dueAt: NOON, expiresAt: after(7 * 86_400_000) });

    expect(hour).toBeLessThan(week);
  });

  it('takes a link whose end is not known for one that lives a day', () => {
    expect(archivePriority({ dueAt: NOON })).toBe(
      archivePriority({ dueAt: NOON, expiresAt: after(86_400_000) }),
    );
  });

  it('is always what BullMQ takes, and never 0, which would jump the line', () => {
    const date = fc.date({ noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.option(date, { nil: undefined }), (dueAt, expiresAt) => {
        const priority = archivePriority({ dueAt, ...(expiresAt && { expiresAt }) });

        expect(Number.isInteger(priority)).toBe(true);
        expect(priority).toBeGreaterThanOrEqual(1);
        expect(priority).toBeLessThanOrEqual(2_097_152);
      }),
    );
  });
});
