import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { escapeControls, readSnippet } from './answer-snippet.js';

describe('readSnippet', () => {
  it('keeps the first 1 KiB of an endless answer and destroys the rest', async () => {
    const endless = new Readable({ read: () => endless.push('a'.repeat(100)) });

    expect(await readSnippet(endless)).toBe('a'.repeat(1024));
    expect(endless.destroyed).toBe(true);
  });

  it('leaves out a character that the limit cuts in two', async () => {
    expect(await readSnippet(Readable.from([Buffer.from(`${'a'.repeat(1023)}é`)]))).toBe(
      'a'.repeat(1023),
    );
  });

  it('keeps what came before the answer was cut', async () => {
    expect(await readSnippet(Readable.from(cut()))).toBe('half');
  });

  it('survives bytes that are no text', async () => {
    expect(await readSnippet(Readable.from([Buffer.from([0xff, 0x00, 0x41])]))).toBe(
      '\ufffd\\u{0}A',
    );
  });
});

async function* cut() {
  yield Buffer.from('half');
  throw new Error('cut');
}

it.each([
  ['line\n\tindented', 'line\n\tindented'],
  ['\u0000', '\\u{0}'],
  ['\u001b[2J', '\\u{1b}[2J'],
  ['a\u202Eb', 'a\\u{202e}b'],
  ['\u2028', '\\u{2028}'],
])('escapes %j', (text, escaped) => {
  expect(escapeControls(text)).toBe(escaped);
});
