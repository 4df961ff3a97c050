import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say, StartError } from '../../tools/start/output.mjs';
import { inProject } from '../../tools/start/project.mjs';
import { runQuietly } from '../../tools/start/run-quietly.mjs';

/** @typedef {{ command: string, version: string }} Python */

/** The system's own first; it may be older than another one beside it. */
const COMMANDS = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`), 'python'];

const OLDEST_MINOR = 10;

/** Says the version, and whether it can make a virtual environment: Debian packs that separately. */
const ASK =
  'import sys, importlib.util as u; print("%d.%d" % sys.version_info[:2], u.find_spec("ensurepip") and u.find_spec("venv") and "venv")';

const HOW =
  'install it (for example "sudo apt-get install python3 python3-venv" or "brew install python")';

const REQUIREMENTS = inProject('test', 'conformance', 'requirements.txt');
const FOLDER = inProject('.venv', 'conformance');
const STAMP = join(FOLDER, '.installed-from');
const PYTHON = join(FOLDER, 'bin', 'python');

/**
 * @returns {Python} the first on PATH that is new enough
 * @throws {StartError} naming what to install
 */
export function findPython() {
  const answers = COMMANDS.map(ask).filter((answer) => answer !== undefined);
  const recent = answers.filter(({ version }) => isRecent(version));
  const usable = recent.find(({ hasVenv }) => hasVenv);
  if (usable) return usable;
  if (recent[0]) {
    throw new StartError(`Python ${recent[0].version} is here without its venv module: ${HOW}.`);
  }
  const found = answers[0] ? `, and this is ${answers[0].version}` : '';
  throw new StartError(
    `The conformance tests need Python 3.${OLDEST_MINOR} or later${found}: ${HOW}.`,
  );
}

/**
 * A virtual environment in `.venv` with the clients of requirements.txt, made again only when those
 * or Python have changed. pip follows the user's own settings (index, proxy).
 * @param {Python} python
 * @param {AbortSignal} [stopping]
 * @returns {Promise<string>} path of its Python
 * @throws {StartError} after showing what pip said
 */
export async function pythonWithClients(python, stopping) {
  const wanted = `${python.version}\n${readFileSync(REQUIREMENTS, 'utf8')}`;
  if (existsSync(PYTHON) && readStamp() === wanted) return PYTHON;
  say(`Installing the Python clients into ${FOLDER}`);
  rmSync(FOLDER, { recursive: true, force: true });
  await runQuietly(python.command, ['-m', 'venv', FOLDER], stopping);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
  await runQuietly(PYTHON, [...pip, '-r', REQUIREMENTS], stopping);
  writeFileSync(STAMP, wanted);
  return PYTHON;
}

/** @param {string} command */
function ask(command) {
  const { status, stdout } = spawnSync(command, ['-c', ASK], { encoding: 'utf8' });
  if (status !== 0) return undefined; // not there, or too old to understand
  const [version = '', venv] = stdout.trim().split(' ');
  return { command, version, hasVenv: venv === 'venv' };
}

/** @param {string} version as 3.11 */
function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= OLDEST_MINOR;
}

function readStamp() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined; // never installed, or not to the end
  }
}
