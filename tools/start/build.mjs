import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { say } from './output.mjs';
import { inProject, PROJECT_ROOT } from './project.mjs';
import { runQuietly } from './run-quietly.mjs';
import { sourceFingerprint } from './source-fingerprint.mjs';

const STAMP = inProject('dist', '.built-from');

/** What must be there; the build empties dist first, so a stamp says that it also came to its end. */
const ENTRIES = ['api', 'worker', 'sandbox', 'admin'].map((app) => appEntry(app));

/**
 * @param {string} app
 * @returns {string} the built file that starts it
 */
export function appEntry(app) {
  return inProject('dist', 'apps', app, 'src', 'main.js');
}

/**
 * `npm run build`, where dist is missing or was built from other sources.
 * @param {AbortSignal} [stopping]
 * @throws {import('./output.mjs').StartError} after showing what the compiler said
 */
export async function ensureBuilt(stopping) {
  const fingerprint = sourceFingerprint(PROJECT_ROOT);
  if (stamp() === fingerprint && ENTRIES.every((entry) => existsSync(entry))) return;
  say('Building');
  await runQuietly('npm', ['run', 'build'], stopping);
  writeFileSync(STAMP, fingerprint);
}

function stamp() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined; // never built
  }
}
