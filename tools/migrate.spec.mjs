import { describe, expect, it } from 'vitest';
import { pendingMigrations } from './migrate.mjs';

/** @param {string} name */
const migration = (name, checksum = `sum of ${name}`) => ({ name, sql: '', checksum });
/** @param {string} name */
const applied = (name, { checksum = `sum of ${name}`, finished = true } = {}) => ({
  migration_name: name,
  checksum,
  finished_at: finished ? new Date(0) : null,
});

describe('pendingMigrations', () => {
  it('are those that the database does not have, in order', () => {
    const pending = pendingMigrations(
      [migration('1'), migration('2'), migration('3')],
      [applied('1')],
    );

    expect(pending.map(({ name }) => name)).toEqual(['2', '3']);
  });

  it.each([
    ['one failed earlier', [applied('1', { finished: false })], 'migration 1 failed earlier'],
    ['one was changed since', [applied('1', { checksum: 'x' })], 'migration 1 was changed'],
    ['one is unknown here', [applied('1'), applied('0')], 'has migration 0, which is not in'],
  ])('are refused when %s', (_, history, message) => {
    expect(() => pendingMigrations([migration('1'), migration('2')], history)).toThrow(message);
  });
});
