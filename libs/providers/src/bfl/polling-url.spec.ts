import { describe, expect, it } from 'vitest';
import { pollingUrlOf } from './polling-url.js';

describe('pollingUrlOf', () => {
  const base = 'http://localhost:8100/bfl/v1';

  it.each([
    'https://api.bfl.ai/v1/get_result?id=1',
    'https://api.eu2.bfl.ai/v1/get_result?id=1',
    'http://localhost:8100/bfl-cluster/v1/get_result?id=1',
  ])('follows the vendor to %s', (given) => {
    expect(pollingUrlOf(given, '1', base)).toBe(given);
  });

  it.each([
    undefined,
    '',
    'no address',
    'file:///etc/passwd',
    'http://api.bfl.ai/v1/get_result?id=1',
    'https://bfl.ai.example.com/',
    'https://evilbfl.ai/',
    'https://api.bfl.ai@example.com/',
    'https://someone:secret@api.bfl.ai/v1/get_result?id=1',
    'http://localhost:8101/',
    'https://localhost:8100/',
    'http://169.254.169.254/',
  ])('asks at the general address where the vendor names %s', (given) => {
    expect(pollingUrlOf(given, 'a&b', base)).toBe(`${base}/get_result?id=a%26b`);
  });
});
