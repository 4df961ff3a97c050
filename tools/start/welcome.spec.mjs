import { expect, it } from 'vitest';
import { tenantKeysOf, welcomeText } from './welcome.mjs';

const WELCOME = {
  url: 'http://localhost:8000',
  rows: [{ name: 'BFL', state: 'sandbox', note: 'live with BFL_API_KEY' }],
  tenantKeys: ['demo'],
  adminToken: 'token',
  databaseUrl: 'postgres://db',
  redisUrl: 'redis://queue',
  logs: '/data/logs',
};

it('shows every address and key, and says that it is ready in the last line', () => {
  const lines = welcomeText(WELCOME).split('\n');

  expect(lines.at(-1)).toBe('Taskgate is ready on http://localhost:8000');
  expect(lines).toEqual(
    expect.arrayContaining([
      '  BFL        sandbox  live with BFL_API_KEY',
      'Tenant keys  demo',
      'Admin token  token',
      'Postgres     postgres://db',
      'Redis        redis://queue',
    ]),
  );
  expect(lines.filter((line) => line.includes('curl -s http://localhost:8000/v1/'))).toHaveLength(
    3,
  );
});

it.each([
  ['demo', ['demo']],
  ['tenant-a, tenant-b', ['tenant-a', 'tenant-b']],
  ['name:key:with-colon,', ['key:with-colon']],
  ['', []],
])('reads the keys out of INTERNAL_KEYS "%s"', (text, keys) => {
  expect(tenantKeysOf(text)).toEqual(keys);
});
