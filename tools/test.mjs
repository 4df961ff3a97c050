#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { ensureBuilt } from './start/build.mjs';
import { ensureRedis } from './start/install-redis.mjs';
import { readJson } from './start/json.mjs';
import { nodeToRun } from './start/node-to-run.mjs';
import { complain, say, sentenceOf, StartError } from './start/output.mjs';
import { inProject, PROJECT_ROOT } from './start/project.mjs';
import { runProcess } from './start/running-process.mjs';
import { onStopSignal } from './start/stop-signals.mjs';
import { testCount } from './start/test-count.mjs';

const stop = new AbortController();
const hurry = new AbortController();
onStopSignal(stop, hurry);

try {
  await ensureInstalled(stop.signal);
  const node = nodeToRun();
  ensureRedis();
  await ensureBuilt(stop.signal);
  process.exitCode = await runTests(node, process.argv.slice(2));
} catch (error) {
  complain(
    error instanceof StartError
      ? sentenceOf(error)
      : String(error instanceof Error ? error.stack : error),
  );
  say('0 passed, 1 failed');
  process.exitCode = 1;
}

/**
 * All projects (unit, integration, end to end); the last line is for machines.
 * @param {string} node
 * @param {readonly string[]} args passed on to vitest
 * @returns {Promise<number>} its exit code
 */
async function runTests(node, args) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-test-'));
  const report = join(folder, 'report.json');
  const vitest = inProject('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const running = runProcess({
    command: node,
    args: [vitest, 'run', ...reporters, ...args],
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    orphanSignal: 'SIGTERM',
  });
  stop.signal.addEventListener('abort', () => void running.stop({ hurry: hurry.signal }));
  const { code } = await running.exited;
  const { passed, failed } = testCount(readJson(report), code === 0);
  rmSync(folder, { recursive: true });
  say(`${passed} passed, ${failed} failed`);
  return code ?? 1;
}
