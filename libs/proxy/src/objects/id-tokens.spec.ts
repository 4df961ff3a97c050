import { assert, nat, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTokens } from './id-tokens.js';

function tokensIn(...pieces: readonly Uint8Array[]): string[] {
  const found: string[] = [];
  const scanner = new IdTokens((token) => found.push(token));
  for (const piece of pieces) scanner.write(piece);
  scanner.end();
  return found;
}

const inText = (text: string): string[] => tokensIn(Buffer.from(text));

describe('words that may be ids', () => {
  it.each([
    ['a value of a form', '\r\n\r\nfile-abc123\r\n--boundary', ['file-abc123']],
    [
      'a line of JSON',
      '{"file_id":"file-abc123"}\n{"x":"vs_68a0c1"}',
      ['file-abc123', 'vs_68a0c1'],
    ],
    ['an escaped letter', String.raw`"f\u0069le\u002Dabc123"`, ['file-abc123']],
    ['an escaped quote before it', String.raw`\"resp_0123456789\"`, ['resp_0123456789']],
    ['the end', 'x file-abc123', ['file-abc123']],
    ['letters alone, if they are many', 'file-AbCdEfGhIjKlMnOpQr', ['file-AbCdEfGhIjKlMnOpQr']],
    ['the longest', `resp_${'a1'.repeat(61)}`, [`resp_${'a1'.repeat(61)}`]],
  ])('are found: %s', (_, text, expected) => {
    expect(inText(text)).toEqual(expected);
  });

  it.each([
    ['words of a language', 'well-known client_secrets state-of-the-art'],
    ['what is too long', `resp_${'a1'.repeat(200)}`],
    ['base64', `${'QUJD'.repeat(1_000)}_1`],
    ['a part of a word', 'xX-file-abc123'],
  ])('are not: %s', (_, text) => {
    expect(inText(text)).toEqual([]);
  });

  it('are the same wherever the bytes are cut', () => {
    const long = `resp_${'0'.repeat(900)} `;
    const text = String.raw`--b\u0066 {"a":"f\u0069le\u002dabc123","b":"\\vs_68a0c1"} ${long}\u file-x9y8z7`;
    const bytes = Buffer.from(text);
    const whole = tokensIn(bytes);
    expect(whole).toEqual(['file-abc123', 'vs_68a0c1', 'file-x9y8z7']);

    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect([cut, tokensIn(bytes.subarray(0, cut), bytes.subarray(cut))]).toEqual([cut, whole]);
    }
    expect(tokensIn(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('are found between any other bytes, in any pieces', () => {
    const noise = uint8Array({ maxLength: 40 });
    assert(
      property(noise, noise, nat(200), (before, after, at) => {
        const bytes = Buffer.concat([before, Buffer.from(' file-abc123 '), after]);
        const cut = at % (bytes.length + 1);
        const found = tokensIn(bytes.subarray(0, cut), bytes.subarray(cut));
        expect(found).toContain('file-abc123');
        expect(found).toEqual(tokensIn(bytes));
      }),
    );
  });
});
