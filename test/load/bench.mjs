#!/usr/bin/env node
// The benchmarks, all on this machine, against the sandbox vendors; prints a table and writes JSON.
//   npm run bench -- --only creates,lists --scale 0.1
// `--only`: some sections; `--scale`: smaller sizes. Needs a build, except for the section `start`.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../../tools/start/project.mjs';
import { measureAudit } from './audit.mjs';
import { measureCreates } from './creates.mjs';
import { measureDeliveries, measureTarpit } from './deliveries.mjs';
import { measureFairness } from './fairness.mjs';
import { measureFlapping } from './flapping.mjs';
import { measureFlow } from './flow.mjs';
import { measureLists } from './lists.mjs';
import { measureRecovery } from './recovery.mjs';
import { measureRevocation } from './revocation.mjs';
import { measureStartAndOverhead } from './start-and-overhead.mjs';
import { linesOf } from './table.mjs';
import { measureWaiters } from './waiters.mjs';

const RESULTS = join(PROJECT_ROOT, 'bench-results.json');

/** @type {Record<string, (scaled: (size: number) => number) => Promise<object>>} */
const SECTIONS = {
  start: (scaled) => measureStartAndOverhead({ tasksPerModel: scaled(30) }),
  creates: (scaled) => measureCreates({ tasks: scaled(20_000), connections: 64 }),
  flow: (scaled) => measureFlow({ tasks: scaled(5_000) }),
  recovery: (scaled) => measureRecovery({ tasks: scaled(500) }),
  fairness: (scaled) => measureFairness({ tasks: scaled(10_000) }),
  deliveries: (scaled) =>
    measureDeliveries({
      backlog: scaled(10_000),
      perSecond: 100,
      tasksPerSecond: 20,
      seconds: scaled(30),
      receivers: Math.max(100, scaled(1_000)),
      retries: scaled(10_000),
    }),
  tarpit: (scaled) =>
    measureTarpit({
      tasksPerSecond: 20,
      seconds: scaled(30),
      receivers: Math.max(100, scaled(1_000)),
    }),
  waiters: (scaled) => measureWaiters({ waiters: scaled(2_000) }),
  revocation: (scaled) => measureRevocation({ rounds: scaled(20), connections: 4 }),
  flapping: (scaled) => measureFlapping({ seconds: scaled(60), halfPeriodMs: 5_000, callers: 8 }),
  lists: (scaled) => measureLists({ tasks: scaled(1_000_000) }),
  audit: (scaled) => measureAudit({ rows: scaled(10_000_000) }),
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(SECTIONS).join(',') },
    scale: { type: 'string', default: '1' },
  },
});
const wanted = values.only.split(',');
const unknown = wanted.filter((name) => !SECTIONS[name]);
if (unknown.length > 0) {
  throw new RangeError(
    `--only takes ${Object.keys(SECTIONS).join(', ')}; not ${unknown.join(', ')}`,
  );
}
const scaled = (/** @type {number} */ size) => Math.max(1, Math.round(size * Number(values.scale)));

const [cpu] = cpus();
const machine = {
  cpu: cpu?.model.trim(),
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
process.stdout.write(
  `Machine: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB; clients, vendors and servers share it\n`,
);
for (const name of wanted) {
  const result = await SECTIONS[name]?.(scaled);
  process.stdout.write(`\n${linesOf(name, result).join('\n')}\n`);
  keep(name, { at: new Date().toISOString(), ...result });
}

/**
 * Beside what earlier runs measured, so that a section can be measured again by itself.
 * @param {string} name
 * @param {object} result
 */
function keep(name, result) {
  const before = readResults();
  writeFileSync(RESULTS, `${JSON.stringify({ ...before, machine, [name]: result }, null, 2)}\n`);
}

function readResults() {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8'));
  } catch {
    return {}; // the first run
  }
}
