import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

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
    env: { ...withoutPackageManager(process.env), ...env },
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

/**
 * A benchmark run by npm must not hand npm's own variables (and this project's Node) to a fresh clone.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutPackageManager(env) {
  const kept = Object.entries(env).filter(([name]) => !/^npm_|^INIT_CWD$|^NODE$/.test(name));
  const path = (env.PATH ?? '').split(':').filter((part) => !part.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(':') };
}
