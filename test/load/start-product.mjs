import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bareEnvironment } from '../support/bare-environment.mjs';

/**
 * `npm start` in a folder, as a user would.
 * @param {string} folder
 * @param {Record<string, string>} env over the present one
 * @returns {Promise<{ url: string, readyMs: number, stop: () => Promise<void> }>}
 */
export async function startProduct(folder, env) {
  const startedAt = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: { ...bareEnvironment(), PATH: systemPath(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const url = /^Taskgate is ready on (\S+)$/.exec(line)?.[1];
    if (!url) continue;
    child.stdout.resume();
    return { url, readyMs: performance.now() - startedAt, stop: () => stop(child) };
  }
  throw new Error(`npm start ended early:\n${lines.join('\n')}`);
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** A benchmark that npm runs must not hand this project's own Node to a fresh clone. */
function systemPath() {
  const parts = (process.env.PATH ?? '').split(':');
  return parts.filter((part) => !part.includes('node_modules')).join(':');
}
