import { setTimeout as sleep } from 'node:timers/promises';
import { say, sentenceOf } from './output.mjs';
import { restartDelayMs, STEADY_MS } from './restart-delay.mjs';

/** @typedef {import('./running-process.mjs').StopOptions} StopOptions */

/**
 * @template {import('./running-process.mjs').RunningProcess} T
 * @typedef {object} Supervised
 * @property {Promise<T>} ready the first start; rejects when that failed, and then nothing is tried again
 * @property {(options?: StopOptions) => Promise<void>} stop
 */

/**
 * Keeps one process running: one that dies is started again, said in one line.
 * @template {import('./running-process.mjs').RunningProcess} T
 * @param {string} name
 * @param {(stopping: AbortSignal) => Promise<T>} start resolves when the process is of use; when the
 *   signal is aborted it resolves at once with what runs; throws when the process died before
 * @returns {Supervised<T>}
 */
export function supervise(name, start) {
  const stopping = new AbortController();
  /** @type {T | undefined} */
  let running;
  const begin = async () => {
    running = await start(stopping.signal);
    return running;
  };
  const ready = begin();
  const kept = ready.then(
    (first) => keep({ name, first, begin, stopping: stopping.signal }),
    () => undefined, // whoever awaits `ready` is told
  );
  const stop = async (/** @type {StopOptions} */ options) => {
    stopping.abort();
    await running?.stop(options);
    await kept;
    await running?.stop(options); // a start that was under way when we were told to stop
  };
  return { ready, stop };
}

/**
 * @template {import('./running-process.mjs').RunningProcess} T
 * @param {{ name: string, first: T, begin: () => Promise<T>, stopping: AbortSignal }} options
 */
async function keep({ name, first, begin, stopping }) {
  /** @type {T | undefined} */
  let current = first;
  let reason = '';
  let deaths = 0;
  while (!stopping.aborted) {
    const since = Date.now();
    if (current) reason = (await current.exited).reason;
    if (stopping.aborted) return;
    deaths = current && Date.now() - since > STEADY_MS ? 1 : deaths + 1;
    const delayMs = restartDelayMs(deaths);
    say(`${name} ended (${reason}); starting it again in ${delayMs / 1000} s`);
    await sleep(delayMs, undefined, { signal: stopping }).catch(() => undefined); // told to stop
    if (stopping.aborted) return;
    try {
      current = await begin();
      if (!stopping.aborted) say(`${name} is back`);
    } catch (error) {
      current = undefined;
      reason = sentenceOf(error);
    }
  }
}
