#!/usr/bin/env node
// `npm run test:chaos -- --tasks 2000 --minutes 6 --seed 7 --workers 3 --deadline-seconds 300 --kill-every-seconds 8`
// Needs a build (`npm run build`). Exit code 0: every promise was kept.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = ['seed', 'tasks', 'minutes', 'workers', 'deadline-seconds', 'kill-every-seconds'];

const { values } = parseArgs({
  options: Object.fromEntries(
    FLAGS.map((name) => [name, /** @type {const} */ ({ type: 'string' })]),
  ),
});
const settings = Object.entries(values).map(([name, value]) => [
  `CHAOS_${name.toUpperCase().replaceAll('-', '_')}`,
  String(value),
]);
const child = spawn(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/chaos/vitest.config.ts'],
  { cwd: PROJECT, stdio: 'inherit', env: { ...process.env, ...Object.fromEntries(settings) } },
);
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
