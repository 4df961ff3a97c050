import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TableFormat, type TableRow, tableText } from './table-text.js';

async function written(format: TableFormat, rows: readonly TableRow[]): Promise<string> {
  const columns = Object.keys(rows[0] ?? { a: 1, b: 2 });
  async function* batches() {
    for (const row of rows) yield [row];
  }
  let text = '';
  for await (const chunk of tableText(format, columns, batches())) text += chunk;
  return text;
}

describe('a table as CSV', () => {
  it.each<[string, TableRow[string], string]>([
    ['text', 'gpt-5', 'gpt-5'],
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'say "hi"', '"say ""hi"""'],
    ['a line break', 'a\nb', '"a\nb"'],
    ['a formula', '=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['a plus', '+1', "'+1"],
    ['a minus', '-1+cmd', "'-1+cmd"],
    ['an at', '@SUM(A1)', "'@SUM(A1)"],
    ['a tab', '\t=1', "'\t=1"],
    ['a carriage return', '\r=1', `"'\r=1"`],
    ['a wide equals sign', '＝1', "'＝1"],
    ['a number', 0.000000001, '1e-9'],
    ['a negative number, which is none', -1, '-1'],
    ['true', true, 'true'],
    ['a time', new Date('2026-11-01T00:00:00.123Z'), '2026-11-01T00:00:00.123Z'],
    ['nothing', null, ''],
  ])('writes %s', async (_, value, cell) => {
    expect(await written('csv', [{ a: value, b: 'x' }])).toBe(`a,b\r\n${cell},x\r\n`);
  });

  it('has its head also where nothing matched', async () => {
    expect(await written('csv', [])).toBe('a,b\r\n');
  });

  it('has no cell that a spreadsheet runs, whatever was sent', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n", a\'') });
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const csv = await written('csv', [{ a: value }]);

        const cell = csv.slice('a\r\n'.length, -2);
        const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
        expect(inner).not.toMatch(/^[=+\-@\t\r]/);
        expect(inner.replace(/^'(?=[=+\-@\t\r\n])/, '')).toBe(
          value.replace(/^'(?=[=+\-@\t\r\n])/, ''),
        );
      }),
    );
  });
});

it('a table as NDJSON has one object a line, with every column', async () => {
  const rows = [
    { time: new Date(0), model: '=1', tokens: null, stream: false },
    { time: new Date(1), model: 'a\nb', tokens: 3, stream: true },
  ];

  const text = await written('ndjson', rows);

  expect(text.endsWith('\n')).toBe(true);
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual(rows.map((row) => ({ ...row, time: row.time.toISOString() })));
});
