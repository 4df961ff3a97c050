#!/usr/bin/env node
import { availableParallelism } from 'node:os';
import { complain, say } from './start/output.mjs';
import { PROJECT_ROOT } from './start/project.mjs';
import { runProcess } from './start/running-process.mjs';
import { onStopSignal } from './start/stop-signals.mjs';

/** What others need; then all that looks and changes nothing, what takes longest first. */
const FIRST = ['generate'];
const SIDE_BY_SIDE = ['types', 'format:check', 'lint', 'unused', 'deps'];

const stop = new AbortController();
onStopSignal(stop, stop);

for (const script of FIRST) await check(script);
if (!process.exitCode) {
  const waiting = [...SIDE_BY_SIDE];
  const workThrough = async () => {
    for (let script = waiting.shift(); script; script = waiting.shift()) await check(script);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, workThrough));
}

/**
 * One of package.json's scripts. All are run whatever became of the others, so that one run names
 * everything; each is shown when it has ended, so that none speaks amid another's lines.
 * @param {string} script
 */
async function check(script) {
  if (stop.signal.aborted) return;
  const startedAt = Date.now();
  const running = runProcess({
    command: 'npm',
    args: ['run', '--silent', script],
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {string[]} */
  const output = [];
  running.child.stdout?.on('data', (chunk) => output.push(String(chunk)));
  running.child.stderr?.on('data', (chunk) => output.push(String(chunk)));
  const end = () => void running.stop({ deadlineMs: 2_000 });
  stop.signal.addEventListener('abort', end);
  const { code, reason } = await running.exited;
  stop.signal.removeEventListener('abort', end);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(output.join(''));
  if (code === 0) return say(`${script}: fine (${seconds} s)`);
  complain(`${script}: failed (${reason})`);
  process.exitCode = 1;
}
