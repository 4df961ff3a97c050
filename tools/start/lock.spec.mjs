import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { takeLock } from './lock.mjs';

function dataDir() {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, file: join(folder, 'start.pid') };
}

it('names this process as the holder until it is given free', () => {
  const { folder, file } = dataDir();

  const giveFree = takeLock(folder);

  expect(readFileSync(file, 'utf8').trim()).toBe(String(process.pid));
  giveFree();
  expect(existsSync(file)).toBe(false);
});

it('refuses while another starter lives', async () => {
  const { folder, file } = dataDir();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)', 'start.mjs']);
  await once(other, 'spawn');
  writeFileSync(file, `${other.pid}\n`);

  expect(() => takeLock(folder)).toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
  await once(other, 'exit');
});

it('takes over from a process that is no starter, its pid used again', () => {
  const { folder, file } = dataDir();
  writeFileSync(file, `${process.ppid}\n`);

  takeLock(folder);

  expect(readFileSync(file, 'utf8').trim()).toBe(String(process.pid));
});
