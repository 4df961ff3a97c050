import { describe, expect, it } from 'vitest';
import { OutputLinks } from './output-links.js';

const NEW = Buffer.alloc(32, 1);
const OLD = Buffer.alloc(32, 2);
const NOW = new Date('2026-11-22T12:00:00Z');
const LATER = new Date('2026-11-22T13:00:00.900Z');

const claimOf = (url: string) => {
  const { pathname, searchParams } = new URL(url);
  const outputId = pathname.split('/').at(-1) ?? '';
  return { outputId, exp: searchParams.get('exp') ?? '', sig: searchParams.get('sig') ?? '' };
};

describe('OutputLinks', () => {
  it('opens what it signed until the link expires', () => {
    const links = new OutputLinks('https://gateway.example', [NEW]);
    const claim = claimOf(links.sign('out-1', LATER));

    expect(links.verify(claim, NOW)).toBe('valid');
    expect(links.verify(claim, LATER)).toBe('expired');
    expect(links.verify({ ...claim, outputId: 'out-2' }, NOW)).toBe('forged');
  });

  it('still opens links of a key that has moved back in the ring', () => {
    const before = new OutputLinks('https://gateway.example', [OLD]);
    const claim = claimOf(before.sign('out-1', LATER));

    expect(new OutputLinks('https://gateway.example', [NEW, OLD]).verify(claim, NOW)).toBe('valid');
    expect(new OutputLinks('https://gateway.example', [NEW]).verify(claim, NOW)).toBe('forged');
  });
});
