import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from './json.mjs';
import { StartError } from './output.mjs';
import { runProcess } from './running-process.mjs';

/** @typedef {import('./running-process.mjs').RunningProcess} RunningProcess */

/** How many of its last lines tell why a process died at its start. */
const TAIL = 20;

/**
 * Starts one of the product's own processes and waits until it says that it is ready.
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.node path of the Node to run with
 * @param {string} options.entry the built file
 * @param {string} options.cwd
 * @param {Record<string, string | undefined>} options.env the whole environment
 * @param {string} options.readyUrl answers 200 when the process is of use
 * @param {(line: string, stream: 'stdout' | 'stderr') => void} [options.onLine] every line of its output
 * @param {AbortSignal} [options.stopping] aborted: return at once with what runs
 * @param {number} [options.readyWithinMs]
 * @returns {Promise<RunningProcess>}
 * @throws {StartError} it ended before it was ready, or was not ready in time
 */
export async function startNodeApp({
  name,
  node,
  entry,
  cwd,
  env,
  readyUrl,
  onLine = () => undefined,
  stopping,
  readyWithinMs = 60_000,
}) {
  const running = runProcess({
    command: node,
    args: [entry],
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {string[]} */
  const tail = [];
  readLines(running.child, (line, stream) => {
    tail.push(line);
    if (tail.length > TAIL) tail.shift();
    onLine(line, stream);
  });
  const outcome = await untilReady({ running, readyUrl, stopping, readyWithinMs });
  if (outcome === 'ready' || outcome === 'stopping') return running;
  const { reason } = await running.stop({ deadlineMs: 5_000 });
  const what =
    outcome === 'late' ? `was not ready after ${readyWithinMs / 1000} s` : `ended (${reason})`;
  throw new StartError(`${name} ${what}: ${lastWords(tail)}`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {(line: string, stream: 'stdout' | 'stderr') => void} onLine
 */
function readLines(child, onLine) {
  if (child.stdout) createInterface(child.stdout).on('line', (line) => onLine(line, 'stdout'));
  if (child.stderr) createInterface(child.stderr).on('line', (line) => onLine(line, 'stderr'));
}

/**
 * @param {{ running: RunningProcess, readyUrl: string, stopping: AbortSignal | undefined, readyWithinMs: number }} options
 * @returns {Promise<'ready' | 'ended' | 'stopping' | 'late'>}
 */
async function untilReady({ running, readyUrl, stopping, readyWithinMs }) {
  const until = Date.now() + readyWithinMs;
  while (Date.now() < until) {
    if (stopping?.aborted) return 'stopping';
    if (running.hasEnded()) return 'ended';
    if (await answersOk(readyUrl)) return running.hasEnded() ? 'ended' : 'ready';
    await sleep(50); // its port is not open yet: nothing tells us when it is
  }
  return 'late';
}

/** @param {string} url */
async function answersOk(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}

/**
 * The last thing a process said: the message of its last JSON line, or a plain line as it is.
 * @param {readonly string[]} tail
 * @returns {string}
 */
function lastWords(tail) {
  const spoken = tail.filter((line) => line.trim() !== '');
  const said = spoken[spoken.length - 1];
  if (!said) return 'it said nothing';
  /** @type {{ msg?: unknown } | undefined} */
  const record = parseJson(said);
  return typeof record?.msg === 'string' ? record.msg : said;
}
