import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rememberedPort } from './start/free-port.mjs';
import { StartError } from './start/output.mjs';
import { postgresBinaries, postgresDataFolder } from './start/postgres-places.mjs';
import { rememberedSecret } from './start/remembered-secret.mjs';
import { runProcess } from './start/running-process.mjs';
import { stopStaleProcess } from './start/stale-process.mjs';
import { accountToRunAs, giveTo } from './start/unprivileged-account.mjs';

/** @typedef {import('./start/unprivileged-account.mjs').Account} Account */

const USER = 'taskgate';
const DATABASE = 'taskgate';
const READY_WITHIN_MS = 60_000;

/** Without these a crash of the machine may lose data; tests do not care and run faster. */
const CARELESS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts the Postgres that came with npm on 127.0.0.1, its data in `directory`, made on the first
 * call. Everything is remembered there, so that the same address and password work the next time.
 * As root it runs as another user, since Postgres refuses root.
 * @param {object} options
 * @param {string} options.directory
 * @param {number} [options.port] the one of last time, or a free one, unless told
 * @param {boolean} [options.fsync] false: quicker, and careless about power cuts
 * @param {(line: string) => void} [options.say] told where the data is when that is not `directory`
 * @returns {Promise<import('./start/running-process.mjs').RunningProcess & { url: string, port: number, data: string }>}
 *   once it takes connections; `data` is the folder to delete when nobody needs it any more
 * @throws {StartError} it cannot run here, or stopped at once
 */
export async function startPostgres({ directory, port, fsync = true, say = () => undefined }) {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o711); // the account passes through it, whatever our umask
  const account = accountToRunAs();
  const binaries = postgresBinaries(account);
  const data = postgresDataFolder(directory, account);
  const passwordFile = join(directory, 'password');
  if (!data.startsWith(directory)) {
    say(
      `Postgres runs as "${account?.name}", which cannot enter ${directory}: its data is in ${data}`,
    );
    if (!existsSync(passwordFile)) await removeForgotten(data);
  }
  const password = rememberedSecret(passwordFile);
  await stopLeftOver(data);
  if (!existsSync(data)) createCluster({ binaries, data, password, account });

  const listenPort = port ?? (await rememberedPort(join(directory, 'port')));
  const log = join(directory, 'postgres.log');
  const running = run({ binaries, data, account, log, settings: settings(listenPort, fsync) });
  await untilReady(running, data, log);
  const stop = (/** @type {import('./start/running-process.mjs').StopOptions} */ options) =>
    running.stop({ signal: 'SIGINT', ...options });
  const url = `postgres://${USER}:${password}@127.0.0.1:${listenPort}/${DATABASE}`;
  return { ...running, stop, url, port: listenPort, data };
}

/**
 * @param {number} port
 * @param {boolean} fsync
 */
const settings = (port, fsync) => ({
  listen_addresses: '127.0.0.1',
  port: String(port),
  unix_socket_directories: '',
  max_connections: '300',
  ...(fsync ? {} : CARELESS),
});

/**
 * @param {{ binaries: string, data: string, account: Account | undefined, log: string, settings: Record<string, string> }} options
 */
function run({ binaries, data, account, log, settings: values }) {
  const output = openSync(log, 'w', 0o600);
  const flags = Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const running = runProcess({
    command: join(binaries, 'bin', 'postgres'),
    args: ['-D', data, ...flags],
    stdio: ['ignore', output, output],
    orphanSignal: 'SIGINT', // a fast shutdown, without recovery the next time
    ...spawnAs(account),
  });
  closeSync(output);
  return running;
}

/**
 * The postmaster writes its state into the last line of its pid file: no client is needed to ask.
 * @param {import('./start/running-process.mjs').RunningProcess} running
 * @param {string} data
 * @param {string} log
 */
async function untilReady(running, data, log) {
  const until = Date.now() + READY_WITHIN_MS;
  while (!running.hasEnded() && Date.now() < until) {
    const [pid, , , , , , , state] = pidFile(data);
    if (Number(pid) === running.pid && state?.trim() === 'ready') return;
    await sleep(20); // a file of another process: nothing tells us
  }
  const { reason } = await running.stop({ signal: 'SIGQUIT' });
  throw new StartError(`Postgres did not start (${reason}): ${lastLine(log)}; see ${log}`);
}

/** @param {string} data */
function pidFile(data) {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return []; // not there yet
  }
}

/** @param {string} log */
const lastLine = (log) => readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '';

/**
 * A server of a start that was killed would hold the data. A pid that another program has by now
 * would make Postgres refuse to start, so the file of a server that is surely gone goes, too.
 * @param {string} data
 */
async function stopLeftOver(data) {
  const [pid] = pidFile(data);
  const outcome = await stopStaleProcess({
    pid: Number(pid) || undefined,
    isOurs: (commandLine) =>
      commandLine.includes('postgres') && commandLine.includes(`-D ${data} `),
    signal: 'SIGINT',
  });
  if (outcome === 'not ours') rmSync(join(data, 'postmaster.pid'), { force: true });
}

/**
 * Whoever deleted the folder with the password meant the data as well, and nobody can read it any more.
 * @param {string} data
 */
async function removeForgotten(data) {
  await stopLeftOver(data);
  rmSync(data, { recursive: true, force: true });
}

/**
 * Made beside its place and moved there when whole, so that a start killed half-way leaves nothing
 * that the next one would take for a database.
 * @param {{ binaries: string, data: string, password: string, account: Account | undefined }} options
 */
function createCluster({ binaries, data, password, account }) {
  const unfinished = `${data}.unfinished`;
  const passwordFile = `${data}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(account, unfinished);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveTo(account, passwordFile);
  try {
    const auth = ['--username', USER, '--auth', 'scram-sha-256', '--pwfile', passwordFile];
    const locale = [
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--locale-provider',
      'builtin',
      '--builtin-locale',
      'C.UTF-8',
    ];
    call(account, join(binaries, 'bin', 'initdb'), ['-D', unfinished, ...auth, ...locale]);
    // A server with one user and no network, before anybody else can come in.
    call(
      account,
      join(binaries, 'bin', 'postgres'),
      ['--single', '-D', unfinished, 'postgres'],
      `CREATE DATABASE ${DATABASE}\n`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  chmodSync(unfinished, 0o700);
  renameSync(unfinished, data);
}

/**
 * @param {Account | undefined} account
 * @param {string} command
 * @param {string[]} args
 * @param {string} [input]
 */
function call(account, command, args, input = '') {
  const result = spawnSync(command, args, { input, encoding: 'utf8', ...spawnAs(account) });
  if (result.status === 0) return;
  const why = result.error?.message ?? result.stderr.trim().split('\n').slice(-3).join(' ');
  throw new StartError(`Postgres could not make its data folder: ${why}`);
}

/**
 * A clean environment: PG* variables and an unknown LANG of the user would be taken for settings.
 * @param {Account | undefined} account
 */
const spawnAs = (account) => ({
  cwd: '/',
  env: { PATH: process.env.PATH, LANG: 'C', TZ: 'UTC' },
  ...(account ? { uid: account.uid, gid: account.gid } : {}),
});
