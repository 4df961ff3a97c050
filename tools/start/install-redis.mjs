import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findRedis } from './find-redis.mjs';
import { say, StartError } from './output.mjs';

const MISSING =
  'Redis is missing: install redis-server or valkey (for example "sudo apt-get install redis-server" or "brew install redis"), or set REDIS_URL.';

/**
 * Sees to it that a Redis server can be started: where it is missing and nobody needs to be asked
 * (root, with apt-get), the system's package is installed, its service not started.
 * @throws {StartError} naming what to install
 */
export function ensureRedis() {
  if (findRedis()) return;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new StartError(MISSING);
  }
  say('Installing redis-server with apt-get, without starting its service');
  withoutStartingServices(installPackage);
  if (!findRedis()) throw new StartError(MISSING);
}

function installPackage() {
  if (aptGet('install', '-y', '--no-install-recommends', 'redis-server')) return;
  aptGet('update'); // a fresh container has no package lists
  if (aptGet('install', '-y', '--no-install-recommends', 'redis-server')) return;
  throw new StartError(`apt-get could not install redis-server. ${MISSING}`);
}

/** @param {...string} args */
function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0;
}

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Debian's packages ask this file whether their services may run; 101 is "no"
 * (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
 * @param {() => void} install
 */
function withoutStartingServices(install) {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
  if (existsSync('/run/systemd/system')) spawnSync('systemctl', ['disable', 'redis-server']);
}
