import { describe, expect, it } from 'vitest';
import { ADMIN_GROUPS, readUsageQuery, TENANT_GROUPS } from './usage-query.js';

const NOW = new Date('2026-11-23T10:20:30.400Z');
const read = (
  given: Record<string, string>,
  groups = TENANT_GROUPS as typeof ADMIN_GROUPS | typeof TENANT_GROUPS,
) => readUsageQuery(new Map(Object.entries(given)), groups, NOW);

describe('a question about usage', () => {
  it('is about the last 30 days by day, this hour included, unless told', () => {
    expect(read({})).toEqual({
      query: {
        from: new Date('2026-10-24T00:00:00Z'),
        to: new Date('2026-11-23T11:00:00Z'),
        groupBy: ['day'],
        limit: 10_000,
      },
      format: 'json',
    });
  });

  it('takes hours, days, Unix seconds, groups in any order and filters', () => {
    const given = {
      from: '2026-11-01',
      to: String(Date.UTC(2026, 10, 2, 14) / 1000),
      groupBy: 'model, hour,key',
      model: 'gpt-5',
      provider: 'openai',
      format: 'csv',
    };

    expect(read(given)).toEqual({
      query: {
        from: new Date('2026-11-01T00:00:00Z'),
        to: new Date('2026-11-02T14:00:00Z'),
        groupBy: ['model', 'hour', 'key'],
        model: 'gpt-5',
        provider: 'openai',
        limit: 100_000,
      },
      format: 'csv',
    });
  });

  it('counts 30 days back from the end that it names', () => {
    expect(read({ to: '2026-01-31T05:00:00Z' }).query.from).toEqual(
      new Date('2026-01-01T00:00:00Z'),
    );
  });

  it.each([
    ['from', '2026-11-01T14:30:00Z'],
    ['from', '2026-11-01T14:00:00.001Z'],
    ['to', '1793664001'],
    ['from', '2026-11'],
    ['from', '2026-02-30'],
    ['to', 'now'],
    ['to', '2026-10-01'],
    ['groupBy', ''],
    ['groupBy', 'week'],
    ['groupBy', 'day,day'],
    ['groupBy', 'day,'],
    ['groupBy', 'tenant'],
    ['format', 'xml'],
    ['model', ''],
  ])('that says %s=%s is refused, and told so', (name, value) => {
    expect(() => read({ from: '2026-10-01', [name]: value })).toThrow(new RegExp(`^${name} takes`));
  });

  it('by tenant is for operators', () => {
    expect(read({ groupBy: 'tenant' }, ADMIN_GROUPS).query.groupBy).toEqual(['tenant']);
  });
});
