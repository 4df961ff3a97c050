/**
 * What a section measured, for people.
 * @param {string} section
 * @param {any} result what the section's function returned
 * @returns {readonly string[]}
 */
export const linesOf = (section, result) =>
  LINES[section]?.(result) ?? [section, JSON.stringify(result)];

/** @type {Record<string, (result: any) => readonly string[]>} */
const LINES = {
  start: ({ firstStartMs, secondStartMs, vendorMs, tasksPerModel, overhead }) => [
    `Fresh clone to ready: ${seconds(firstStartMs)}; second start: ${seconds(secondStartMs)}`,
    `From POST /v1/tasks to the success callback, less the vendor's own ${vendorMs} ms (${tasksPerModel} tasks each, one at a time):`,
    ...overhead.map(
      ({ model, medianMs, p95Ms, createMedianMs }) =>
        `  ${model.padEnd(16)} median ${ms(medianMs)}   p95 ${ms(p95Ms)}   (POST answered after ${ms(createMedianMs)})`,
    ),
  ],
  creates: (one) => [
    `Creates over ${one.connections} connections, ${one.tasks} tasks:`,
    row(
      'through the API',
      `${whole(one.perSecond)} a second, p50 ${ms(one.p50Ms)}, p99 ${ms(one.p99Ms)}`,
    ),
    row(
      'the same rows by bare pg',
      `${whole(one.barePerSecond)} a second (${one.tasksPerCommit.toFixed(1)} tasks a commit)`,
    ),
    row('share', `${whole(100 * one.shareOfBare)} %`),
  ],
  flow: (one) => [
    `One worker, ${one.tasks} tasks queued before it starts:`,
    row('admitted by the dispatcher', `${whole(one.admittedPerSecond)} a second`),
    row('submitted to the vendor', `${whole(one.submittedPerSecond)} a second`),
    row(
      `with ${one.inFlight} jobs in flight`,
      `${one.workerCpuPercent.toFixed(1)} % of a core, ${one.checksPerSecond.toFixed(0)} looks at jobs a second`,
    ),
  ],
  recovery: (one) => [
    `${one.tasks} jobs at the vendor; until the last is a success, less the vendor's own time:`,
    row('worker killed with -9', seconds(one.afterKillMs)),
    row('Redis emptied', seconds(one.afterFlushMs)),
  ],
  fairness: (one) => [
    `One tenant has ${one.queued} tasks queued for ${one.slots} slots, another comes with one:`,
    row('admitted before it', `${one.admittedBefore} of the first tenant's`),
    row('it waited', ms(one.waitedMs)),
  ],
  deliveries: (one) => [
    `Callbacks of one worker, ${one.backlog} waiting before it starts; deliveries a second:`,
    row('to one receiver', rateOf(one.oneReceiver, one.bareOneReceiver)),
    row('to 100 receivers', rateOf(one.hundredReceivers, one.bareHundredReceivers)),
    row(`to ${one.receivers}, some not well`, `${whole(one.mixedReceivers)} (${mixOf(one)})`),
    `From the end of a task to its receiver, ${one.receivers} receivers:`,
    ...latencyRows('ended by the worker', one.byWorker, one),
    ...latencyRows('by SQL, found by looking', one.bySql, one),
    row(
      `memory, ${one.memory.retries} due retries`,
      `${whole(one.memory.idleMiB)} MiB idle, ${whole(one.memory.mostMiB)} MiB at most (${one.memory.tarpitMost} at once)`,
    ),
  ],
  tarpit: ({ receivers, byWorker: { perSecond, healthy, besideOthers } }) => [
    `From the end of a task to its receiver, ${receivers} receivers, ${perSecond} a second:`,
    row('all of them well', `p50 ${ms(healthy.p50Ms)}, p99 ${ms(healthy.p99Ms)}`),
    row(
      'one of them never answers',
      `p50 ${ms(besideOthers.p50Ms)}, p99 ${ms(besideOthers.p99Ms)}; it hung ${besideOthers.tarpitMost} at once`,
    ),
  ],
  waiters: (one) => [
    `${one.waiters} clients that wait for tasks which do not change:`,
    row(
      'statements of Postgres',
      `${one.statementsPerSecond.toFixed(1)} a second (${one.statementsPerSecondIdle.toFixed(1)} without them)`,
    ),
    row('API', `${one.apiCpuPercent.toFixed(1)} % of a core`),
  ],
  revocation: (one) => [
    `Three APIs under ${whole(one.requestsPerSecond)} requests a second; from a change's answer to the last call that was still served, ${one.rounds} rounds:`,
    ...one.revoked.map((api, index) => changeRow('key revoked', api, index)),
    ...one.narrowed.map((api, index) => changeRow('scopes taken away', api, index)),
  ],
  flapping: (one) => [
    `${one.calls} calls in ${one.seconds} s to an upstream that is ill every other ${seconds(one.halfPeriodMs)}, with a fallback:`,
    row('not whole', String(one.broken)),
    row('while it was ill', `${one.callsWhileIll} calls; it was asked ${one.refusedByMain} times`),
    row(
      'answered by it',
      `${one.answeredByMain}; it had calls again ${seconds(one.backMs)} after the last time`,
    ),
    row('each took', `p50 ${ms(one.p50Ms)}, p99 ${ms(one.p99Ms)}`),
  ],
  audit: ({ rows, heapMiB, indexMiB, asked, exported }) => [
    `Pages of 100 among ${rows} audit rows (${whole(heapMiB)} MiB, indexes ${whole(indexMiB)} MiB):`,
    ...asked.map(({ question, status, found, firstMs, p50Ms, p95Ms }) =>
      row(
        question,
        `first ${ms(firstMs)}, p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}, ${found} rows${status === 200 ? '' : ` (answered ${status})`}`,
      ),
    ),
    row(
      `export of ${exported.rows} rows`,
      `${whole(exported.rowsPerSecond)} rows/s, ${whole(exported.mebibytes)} MiB; the API's memory ${whole(exported.memoryBeforeMiB)} MiB before, ${whole(exported.memoryMostMiB)} at most`,
    ),
  ],
  lists: ({ tasks, rows }) => [
    `Lists of a tenant that has three fifths of ${tasks} tasks:`,
    ...rows.map(({ question, status, p50Ms, p95Ms }) =>
      row(
        question,
        `p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}${status === 200 ? '' : ` (answered ${status})`}`,
      ),
    ),
  ],
};

const changeRow = (what, { p50Ms, maxMs }, index) =>
  row(`${what}, API ${index + 1}`, `p50 ${ms(p50Ms)}, at most ${ms(maxMs)}`);

const mixOf = ({ mixed }) => `${mixed.dead} % dead, ${mixed.tarpits} % silent`;

const rateOf = (perSecond, bare) =>
  `${whole(perSecond)} (a bare loop of the same posts: ${whole(bare)}; ${whole((100 * perSecond) / bare)} %)`;

const latencyRows = (how, { perSecond, healthy, besideOthers }, one) => [
  `  ${how}, ${perSecond} a second`,
  row('  all of them well', latencyOf(healthy)),
  row(`  ${mixOf(one)}`, `${latencyOf(besideOthers)}; ${besideOthers.tarpitMost} hung at once`),
  row(
    '  ratio',
    `p50 ${ratio('p50Ms', besideOthers, healthy)}, p99 ${ratio('p99Ms', besideOthers, healthy)}`,
  ),
];

const ratio = (name, one, other) => (one[name] / other[name]).toFixed(2);

const latencyOf = ({ p50Ms, p99Ms, mostMs }) =>
  `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, at most ${ms(mostMs)}`;

/** @param {string} what @param {string} value */
const row = (what, value) => `  ${what.padEnd(28)} ${value}`;

/** @param {number | null} value */
const whole = (value) => (value === null ? 'not measured:' : String(Math.round(value)));

/** @param {number} value */
const seconds = (value) => `${(value / 1000).toFixed(1)} s`;

/** @param {number} value */
const ms = (value) =>
  `${(value < 10 ? value.toFixed(1) : String(Math.round(value))).padStart(4)} ms`;
