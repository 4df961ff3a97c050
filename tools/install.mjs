#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { installIsCurrent } from './start/install-is-current.mjs';
import { readJson } from './start/json.mjs';
import { say, StartError } from './start/output.mjs';
import { inProject } from './start/project.mjs';
import { runQuietly } from './start/run-quietly.mjs';

/** @typedef {import('./start/install-is-current.mjs').Lock} Lock */

/**
 * `npm ci`, where what is installed is not what package-lock.json asks for.
 * @param {AbortSignal} [stopping]
 * @throws {StartError} after showing what npm said
 */
export async function ensureInstalled(stopping) {
  /** @type {Lock | undefined} */
  const wanted = readJson(inProject('package-lock.json'));
  /** @type {Lock | undefined} */
  const installed = readJson(inProject('node_modules', '.package-lock.json'));
  if (wanted && installIsCurrent(wanted, installed)) return;
  say('Installing dependencies (npm ci)');
  // NODE_ENV=production would leave out what builds the product.
  await runQuietly(
    'npm',
    [
      'ci',
      '--include=dev',
      // The lockfile pins everything: what npm has cached need not be asked for again.
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ],
    stopping,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureInstalled();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
