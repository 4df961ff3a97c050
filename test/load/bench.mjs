#!/usr/bin/env node
// The benchmarks: a fresh clone to ready, a second start, and what the gateway adds to a vendor's own
// time. Everything runs on this machine, against the sandbox vendors; prints a table and writes JSON.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../tools/start/free-port.mjs';
import { startProduct } from './start-product.mjs';
import { measureModel } from './task-overhead.mjs';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const RESULTS = join(PROJECT, 'bench-results.json');
const MODELS = ['qwen-image-2-0', 'gpt-image-2', 'flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];
const VENDOR_MS = 1000;
const TASKS_PER_MODEL = 30;

const clone = join(mkdtempSync(join(tmpdir(), 'taskgate-bench-')), 'taskgate');
try {
  execFileSync('git', ['clone', '--quiet', PROJECT, clone]);
  const env = await environment();
  const first = await startProduct(clone, env);
  await first.stop();
  const second = await startProduct(clone, env);
  const overhead = [];
  for (const model of MODELS) {
    overhead.push(
      await measureModel(second.url, { model, vendorMs: VENDOR_MS, tasks: TASKS_PER_MODEL }),
    );
  }
  await second.stop();
  report({ firstStartMs: first.readyMs, secondStartMs: second.readyMs, overhead });
} finally {
  rmSync(join(clone, '..'), { recursive: true, force: true });
}

async function environment() {
  const [PORT, WORKER_PORT, SANDBOX_PORT] = await Promise.all([freePort(), freePort(), freePort()]);
  return {
    PORT: String(PORT),
    WORKER_PORT: String(WORKER_PORT),
    SANDBOX_PORT: String(SANDBOX_PORT),
    SANDBOX_DELAY_MS: String(VENDOR_MS),
  };
}

/** @param {{ firstStartMs: number, secondStartMs: number, overhead: import('./task-overhead.mjs').Overhead[] }} results */
function report(results) {
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    at: new Date().toISOString(),
  };
  writeFileSync(RESULTS, `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
  const lines = [
    `Machine: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB`,
    `Fresh clone to ready: ${seconds(results.firstStartMs)}; second start: ${seconds(results.secondStartMs)}`,
    '',
    `From POST /v1/tasks to the success callback, less the vendor's own ${VENDOR_MS} ms (${TASKS_PER_MODEL} tasks each, one at a time):`,
    ...results.overhead.map(
      ({ model, medianMs, p95Ms, createMedianMs }) =>
        `  ${model.padEnd(16)} median ${ms(medianMs)}   p95 ${ms(p95Ms)}   (POST answered after ${ms(createMedianMs)})`,
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** @param {number} value */
function seconds(value) {
  return `${(value / 1000).toFixed(1)} s`;
}

/** @param {number} value */
function ms(value) {
  return `${String(Math.round(value)).padStart(4)} ms`;
}
