import { describe, expect, it } from 'vitest';
import { auditFilterOf, cursorAfterRow, pageLimitOf, rowOfCursor } from './audit-query.js';

const query = (given: Record<string, string>) => new Map(Object.entries(given));

describe('the filter of the audit', () => {
  it('takes nothing, or every filter at once', () => {
    expect(auditFilterOf(query({}))).toEqual({});
    expect(
      auditFilterOf(
        query({
          tenant: 'tn_1',
          model: 'gpt-5',
          requestId: 'req_1',
          keyPrefix: 'tg-abcde',
          status: '429',
          from: '2026-11-01T00:00:00Z',
          to: '1793664000',
        }),
      ),
    ).toEqual({
      tenant: 'tn_1',
      model: 'gpt-5',
      requestId: 'req_1',
      keyPrefix: 'tg-abcde',
      status: { from: 429, to: 429 },
      from: new Date('2026-11-01T00:00:00Z'),
      to: new Date(1_793_664_000_000),
    });
  });

  it('takes a class of statuses', () => {
    expect(auditFilterOf(query({ status: '5xx' })).status).toEqual({ from: 500, to: 599 });
    expect(auditFilterOf(query({ status: '4XX' })).status).toEqual({ from: 400, to: 499 });
  });

  it.each([
    ['status', 'abc'],
    ['status', '99'],
    ['status', '600'],
    ['status', '6xx'],
    ['status', '200.0'],
    ['status', ''],
    ['from', 'yesterday'],
    ['model', ''],
    ['tenant', 'x'.repeat(513)],
    ['model', '\uD800'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => auditFilterOf(query({ [name]: value }))).toThrow(new RegExp(`^${name} takes`));
  });

  it('refuses times between which nothing lies', () => {
    const time = '2026-11-01T00:00:00Z';
    expect(() => auditFilterOf(query({ from: time, to: time }))).toThrow('to takes');
  });
});

it.each(['0', '1001', '-1', '1.5', 'all', ''])('a page of %s rows is refused', (limit) => {
  expect(() => pageLimitOf(query({ limit }))).toThrow('1 to 1000');
});

describe('the cursor', () => {
  const row = { time: new Date('2026-11-01T00:00:00.123Z'), requestId: 'req_01JD.x' };

  it('leads back to the row that the page ended with', () => {
    expect(rowOfCursor(cursorAfterRow(row))).toEqual(row);
    expect(rowOfCursor(undefined)).toBeUndefined();
  });

  it.each([
    '',
    '12345',
    'abc',
    `${cursorAfterRow(row)}=`,
    Buffer.from('1.').toString('base64url'),
    Buffer.from('999999999999999999.req').toString('base64url'),
    Buffer.from('999999999999999.req').toString('base64url'),
    Buffer.from('1.a\0b').toString('base64url'),
  ])('refuses %s', (cursor) => {
    expect(() => rowOfCursor(cursor)).toThrow('nextCursor of the page before');
  });
});
