import { expect, it } from 'vitest';
import { fitRow } from './fit-row.js';
import { makeAuditRow } from './testing/make-audit-row.js';

it('leaves an ordinary row as it is', () => {
  const row = makeAuditRow('req_1');

  expect(fitRow(row)).toEqual(row);
});

it('makes every row fit its columns', () => {
  const fitted = fitRow(
    makeAuditRow('req_1', {
      path: `/${'a'.repeat(5000)}`,
      model: 'a\0b\uD800',
      latencyMs: 1.6,
      ttfbMs: null,
    }),
  );

  expect(fitted.path).toHaveLength(2048);
  expect(fitted).toMatchObject({ model: 'a\uFFFDb\uFFFD', latencyMs: 2, ttfbMs: null });
});

it('does not leave half a character where it cuts', () => {
  const fitted = fitRow(makeAuditRow('req_1', { model: `${'a'.repeat(511)}😀` }));

  expect(fitted.model).toBe(`${'a'.repeat(511)}\uFFFD`);
});

it('makes every text of an explanation fit, however deep it stands', () => {
  const refused = { code: 'INVALID_REQUEST', message: 'No model a\0b\uD800.', param: null };

  const { explanation } = fitRow({
    ...makeAuditRow('req_1'),
    explanation: { refused, candidates: [{ model: 'm'.repeat(5000), order: 1 }], replayed: false },
  });

  expect(explanation).toEqual({
    refused: { ...refused, message: 'No model a\uFFFDb\uFFFD.' },
    candidates: [{ model: 'm'.repeat(2048), order: 1 }],
    replayed: false,
  });
});
