import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRedis } from './start/find-redis.mjs';
import { readPort, rememberedPort } from './start/free-port.mjs';
import { StartError } from './start/output.mjs';
import { rememberedSecret } from './start/remembered-secret.mjs';
import { runProcess } from './start/running-process.mjs';
import { stopStaleProcess } from './start/stale-process.mjs';

const READY_WITHIN_MS = 60_000;

/**
 * Starts the machine's Redis (or Valkey) as a process of ours on 127.0.0.1, never as a service. Its
 * append-only file, port and password are in `directory`.
 * @param {object} options
 * @param {string} options.directory
 * @param {number} [options.port] the one of last time, or a free one, unless told
 * @param {number} [options.databases] how many numbered databases it has
 * @returns {Promise<import('./start/running-process.mjs').RunningProcess & { url: string, port: number }>}
 *   once it answers PING
 * @throws {StartError} no server on this machine, or it stopped at once
 */
export async function startRedis({ directory, port, databases = 16 }) {
  const command = findRedis();
  if (!command) throw new StartError('Redis is missing: install redis-server or valkey-server.');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await stopLeftOver(directory);

  const password = rememberedSecret(join(directory, 'password'));
  const listenPort = port ?? (await rememberedPort(join(directory, 'port')));
  const running = run(command, {
    bind: '127.0.0.1',
    port: String(listenPort),
    requirepass: password,
    dir: directory,
    pidfile: join(directory, 'redis.pid'),
    databases: String(databases),
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction', // an evicted key would be a lost job
  });
  await untilReady({ running, port: listenPort, password, directory });
  return { ...running, url: `redis://:${password}@127.0.0.1:${listenPort}`, port: listenPort };
}

/**
 * The settings go in by standard input: a password on a command line can be read by everybody.
 * @param {string} command
 * @param {Record<string, string> & { dir: string }} settings
 */
function run(command, settings) {
  const log = openSync(join(settings.dir, 'redis.log'), 'w', 0o600);
  const running = runProcess({
    command,
    args: ['-'],
    cwd: settings.dir,
    stdio: ['pipe', log, log],
    orphanSignal: 'SIGTERM', // writes its last second to disk
  });
  closeSync(log);
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} ${JSON.stringify(value)}\n`,
  );
  running.child.stdin?.once('error', () => undefined); // it died at once; `exited` says so
  running.child.stdin?.end(lines.join(''));
  return running;
}

/**
 * @param {{ running: import('./start/running-process.mjs').RunningProcess, port: number, password: string, directory: string }} options
 */
async function untilReady({ running, port, password, directory }) {
  const until = Date.now() + READY_WITHIN_MS;
  while (!running.hasEnded() && Date.now() < until) {
    if (await answersPing(port, password)) return;
    await sleep(20); // it reads its append-only file: nothing tells us when it is through
  }
  const { reason } = await running.stop();
  const log = join(directory, 'redis.log');
  const lastLine = readFileSync(log, 'utf8').trim().split('\n').at(-1);
  throw new StartError(`Redis did not start (${reason}): ${lastLine}; see ${log}`);
}

/**
 * @param {number} port
 * @param {string} password
 * @returns {Promise<boolean>}
 */
const answersPing = (port, password) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    let answer = '';
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`));
    socket.on('data', (text) => (answer += String(text)));
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(answer.includes('+PONG')));
  });

/** @param {string} directory */
async function stopLeftOver(directory) {
  const port = readPort(join(directory, 'port'));
  await stopStaleProcess({
    pid: readPort(join(directory, 'redis.pid')),
    isOurs: (title) => /(redis|valkey)-server/.test(title) && title.includes(`:${port}`),
    signal: 'SIGTERM',
  });
}
