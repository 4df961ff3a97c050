#!/usr/bin/env node
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureInstalled } from '../../tools/install.mjs';
import { ensureBuilt } from '../../tools/start/build.mjs';
import { complain, say, sentenceOf, StartError } from '../../tools/start/output.mjs';
import { readJson } from '../../tools/start/json.mjs';
import { nodeToRun } from '../../tools/start/node-to-run.mjs';
import { inProject, PROJECT_ROOT } from '../../tools/start/project.mjs';
import { runProcess } from '../../tools/start/running-process.mjs';
import { onStopSignal } from '../../tools/start/stop-signals.mjs';
import { testCount } from '../../tools/start/test-count.mjs';
import { bareEnvironment } from '../support/bare-environment.mjs';
import { pytestCount } from './pytest-count.mjs';
import { findPython, pythonWithClients } from './python-with-clients.mjs';
import { startProduct } from './start-product.mjs';
import { startRecorded } from './start-recorded.mjs';

const NOTHING = { passed: 0, failed: 0 };

const stop = new AbortController();
const hurry = new AbortController();
onStopSignal(stop, hurry);

const { passed, failed } = await run(process.argv.slice(2));
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Everything from a clone to the count; what it started is stopped again, whatever happens.
 * @param {readonly string[]} args passed on to pytest
 * @returns {Promise<import('./pytest-count.mjs').PytestCount>}
 */
async function run(args) {
  /** @type {import('./start-product.mjs').Product | undefined} */
  let product;
  /** @type {Awaited<ReturnType<typeof startRecorded>> | undefined} */
  let recorded;
  let count = { ...NOTHING };
  try {
    const found = findPython(); // first, for it costs nothing to say that it is missing
    await ensureInstalled(stop.signal);
    await ensureBuilt(stop.signal);
    const [clients, started, beside] = await Promise.allSettled([
      pythonWithClients(found, stop.signal),
      startProduct({ stop: stop.signal, hurry: hurry.signal }),
      startRecorded(),
    ]);
    if (beside.status === 'fulfilled') recorded = beside.value;
    if (started.status === 'rejected') throw started.reason;
    product = started.value;
    if (beside.status === 'rejected') throw beside.reason;
    if (clients.status === 'rejected') throw clients.reason;
    const python = clients.value;
    const [ofClients, ofStore] = await Promise.all([
      runPytest(python, { ...product.environment, ...beside.value.environment }, args),
      args.length === 0 ? runS3Tests(python) : NOTHING,
    ]);
    count = sum(ofClients, ofStore);
    if (!product.stayedUp()) {
      complain('A process of the gateway died under these clients; that counts as one failed test');
      count.failed += 1;
    }
  } catch (error) {
    complain(whatHappened(error));
    // What broke off is a failure, however much had passed before.
    count = sum(count, { passed: 0, failed: 1 });
  } finally {
    await Promise.all([recorded?.stop(), product?.stop({ keepLogs: count.failed > 0 })]);
  }
  return count;
}

/**
 * @param {string} python
 * @param {Record<string, string>} environment where the gateways are
 * @param {readonly string[]} args
 */
async function runPytest(python, environment, args) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-pytest-'));
  const report = join(folder, 'report.xml');
  const running = runProcess({
    command: python,
    args: ['-m', 'pytest', `--junitxml=${report}`, ...args],
    cwd: inProject('test', 'conformance'),
    env: { ...bareEnvironment(), ...environment, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: 'inherit',
  });
  const end = () => void running.stop({ signal: 'SIGINT', deadlineMs: 5_000 });
  stop.signal.addEventListener('abort', end);
  if (stop.signal.aborted) end();
  const { code } = await running.exited;
  const count = pytestCount(readReport(report), code === 0);
  rmSync(folder, { recursive: true });
  return count;
}

/**
 * The S3 store against rclone's S3 server, which pip has put beside Python. Shown when it has ended: others
 * speak meanwhile.
 * @param {string} python
 * @returns {Promise<import('./pytest-count.mjs').PytestCount>}
 */
async function runS3Tests(python) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-s3-report-'));
  const report = join(folder, 'report.json');
  const running = runProcess({
    command: nodeToRun(),
    args: [
      inProject('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      `--config=${inProject('test', 'conformance', 's3', 'vitest.config.ts')}`,
      `--root=${PROJECT_ROOT}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    cwd: PROJECT_ROOT,
    env: { ...bareEnvironment(), RCLONE: join(dirname(python), 'rclone') },
    stdio: ['ignore', 'pipe', 'pipe'],
    orphanSignal: 'SIGTERM',
  });
  const end = () => void running.stop({ hurry: hurry.signal });
  stop.signal.addEventListener('abort', end);
  if (stop.signal.aborted) end();
  /** @type {string[]} */
  const output = [];
  running.child.stdout?.on('data', (chunk) => output.push(String(chunk)));
  running.child.stderr?.on('data', (chunk) => output.push(String(chunk)));
  const { code } = await running.exited;
  process.stdout.write(output.join(''));
  const count = testCount(readJson(report), code === 0);
  rmSync(folder, { recursive: true });
  return count;
}

/**
 * @param {import('./pytest-count.mjs').PytestCount} one
 * @param {import('./pytest-count.mjs').PytestCount} other
 */
function sum(one, other) {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed };
}

/** @param {string} file */
function readReport(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // pytest did not come to its end
  }
}

/** @param {unknown} error */
function whatHappened(error) {
  if (stop.signal.aborted) return 'Stopped before the end';
  if (error instanceof StartError) return sentenceOf(error);
  return String(error instanceof Error ? error.stack : error);
}
