import { describe, expect, it } from 'vitest';
import { STAND_INS } from '../start/providers.mjs';
import { sandboxText } from './sandbox-text.mjs';

const lines = sandboxText('http://127.0.0.1:9000').split('\n');

describe('sandboxText', () => {
  it.each(STAND_INS)('has base URL and a first request of $name', ({ name, baseUrl, path }) => {
    const at = lines.indexOf(`${name.padEnd(10)} ${baseUrl}=http://127.0.0.1:9000${path}`);

    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]).toMatch(/^ {2}curl -s 'http:\/\/127\.0\.0\.1:9000\/.+ -d '\{.+\}'$/);
  });

  it('ends with the line that says that it is ready', () => {
    expect(lines.at(-1)).toBe('The sandbox is ready on http://127.0.0.1:9000 (Ctrl-C stops it)');
  });
});
