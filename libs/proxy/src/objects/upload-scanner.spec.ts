import { describe, expect, it } from 'vitest';
import { scannerFor } from './upload-scanner.js';

const FORM = ['content-type', 'application/x-www-form-urlencoded'];

function idsIn(headers: readonly string[], ...pieces: readonly string[]): string[] {
  const scanner = scannerFor(headers);
  for (const piece of pieces) scanner.write(Buffer.from(piece));
  scanner.end();
  return scanner.take().map(({ id }) => id);
}

describe('ids in a form like a query', () => {
  it('are found behind its escapes, wherever it is cut', () => {
    const form = 'purpose=x&file_id=f%69le%2Dabc123&n=1%';
    for (let cut = 0; cut <= form.length; cut += 1) {
      expect(idsIn(FORM, form.slice(0, cut), form.slice(cut))).toEqual(['file-abc123']);
    }
  });

  it('are taken as they stand in any other body', () => {
    expect(idsIn(['content-type', 'text/plain'], 'file%2Dabc123 file-abc124')).toEqual([
      'file-abc124',
    ]);
  });
});
