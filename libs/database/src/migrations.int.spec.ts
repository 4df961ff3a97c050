import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const PRISMA = createRequire(import.meta.url).resolve('prisma/build/index.js');

/** Exit code 0: the same; 2: they differ. */
async function diff(...what: readonly string[]) {
  const { url } = opened;
  const child = spawn(process.execPath, [PRISMA, 'migrate', 'diff', ...what, '--exit-code'], {
    cwd: PROJECT,
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: Number(code), said: stdout + stderr };
}

describe('the migrations', () => {
  it('make the very tables that schema.prisma says', async () => {
    const difference = await diff(
      '--from-migrations',
      'prisma/migrations',
      '--to-schema',
      'prisma/schema.prisma',
    );

    expect(difference).toEqual({ code: 0, said: expect.stringContaining('No difference') });
  });

  it('would be told apart from other tables', async () => {
    const difference = await diff('--from-empty', '--to-schema', 'prisma/schema.prisma');

    expect(difference).toEqual({ code: 2, said: expect.stringContaining('tasks') });
  });
});
