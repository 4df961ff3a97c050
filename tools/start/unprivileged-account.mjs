import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Account
 * @property {string} name
 * @property {number} uid
 * @property {number} gid
 */

/** Postgres refuses to run as root; of these the first that the machine has. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * Who Postgres runs as when we are root.
 * @param {string} passwd the text of /etc/passwd
 * @returns {Account | undefined}
 */
export function unprivilegedAccount(passwd) {
  const accounts = passwd.split('\n').map((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  });
  return CANDIDATES.map((name) => accounts.find((account) => account.name === name)).find(Boolean);
}

/**
 * @returns {Account | undefined} undefined: run as whoever we are
 */
export function accountToRunAs() {
  if (process.getuid?.() !== 0) return undefined;
  return unprivilegedAccount(readFileSync('/etc/passwd', 'utf8'));
}

/**
 * Asked of the kernel, as that account: modes of every folder above count, and so do ACLs and mounts.
 * @param {Account | undefined} account
 * @param {string} path
 * @returns {boolean} whether the account may enter the folder, or run the file
 */
export function mayUse(account, path) {
  if (!account) return true;
  const { uid, gid } = account;
  return (
    spawnSync('/bin/sh', ['-c', '[ -x "$1" ]', 'sh', path], { uid, gid, cwd: '/' }).status === 0
  );
}

/**
 * @param {Account | undefined} account
 * @param {string} path
 */
export function giveTo(account, path) {
  if (account) chownSync(path, account.uid, account.gid);
}
