import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Everything that the build reads. */
const SOURCES = [
  'apps',
  'libs',
  'prisma',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package-lock.json',
];

/** What the build writes itself, and what it leaves out. */
const IGNORED = /(^|\/)(generated|node_modules|dist|testing|\.venv)(\/|$)|\.spec\.ts$/;

/**
 * A digest of names and contents, so that a touched file or a fresh checkout of the same commit does
 * not cost a build.
 * @param {string} root
 * @returns {string} hex
 */
export function sourceFingerprint(root) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => filesBelow(root, join(root, source)))) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]} sorted
 */
function filesBelow(root, path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || IGNORED.test(relative(root, path))) return [];
  if (stats.isFile()) return [path];
  const names = readdirSync(path);
  names.sort();
  return names.flatMap((name) => filesBelow(root, join(path, name)));
}
