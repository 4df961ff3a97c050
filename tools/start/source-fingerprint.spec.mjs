import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceFingerprint } from './source-fingerprint.mjs';

function project() {
  const root = mkdtempSync(join(tmpdir(), 'taskgate-sources-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('apps/api/src/main.ts', 'start()');
  write('package-lock.json', '{}');
  return { root, write };
}

describe('sourceFingerprint', () => {
  it.each([
    ['a changed file', 'apps/api/src/main.ts', 'stop()'],
    ['a new file', 'libs/errors/src/index.ts', ''],
    ['a new lock file', 'package-lock.json', '{"a":1}'],
    ['a new migration', 'prisma/migrations/1/migration.sql', 'SELECT 1'],
  ])('is another one after %s', (_, path, text) => {
    const { root, write } = project();
    const before = sourceFingerprint(root);

    write(path, text);

    expect(sourceFingerprint(root)).not.toBe(before);
  });

  it.each([
    ['a new test', 'apps/api/src/main.spec.ts'],
    ['generated code', 'libs/database/src/generated/client.ts'],
    ['a change to the guide', 'docs/index.md'],
  ])('is the same after %s', (_, path) => {
    const { root, write } = project();
    const before = sourceFingerprint(root);

    write(path, 'anything');

    expect(sourceFingerprint(root)).toBe(before);
  });

  it('is the same after a fresh checkout of the same files', () => {
    const { root } = project();
    const before = sourceFingerprint(root);

    utimesSync(join(root, 'apps/api/src/main.ts'), 1, 1);

    expect(sourceFingerprint(root)).toBe(before);
  });
});
