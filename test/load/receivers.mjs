import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/start/free-port.mjs';

/**
 * @typedef {object} Arrivals
 * @property {number} count
 * @property {number} tarpitMost requests that hung at once, at most
 * @property {{ id: string, at: number }[]} arrived Unix milliseconds, with fractions
 */

/** Starts the receivers; see `receivers-process.mjs`. */
export async function startReceivers() {
  const child = fork(new URL('receivers-process.mjs', import.meta.url), {
    serialization: 'advanced',
  });
  const [{ port }] = await once(child, 'message');
  const closed = await freePort();
  const ask = async (question) => {
    child.send(question);
    return (await once(child, 'message'))[0];
  };
  return {
    /**
     * One URL for each of so many origins; of `outOf` in a row the first `tarpits` never answer and
     * the next `dead` do not listen.
     * @param {{ network: number, origins: number, dead?: number, tarpits?: number, outOf?: number }} plan `network`: 127.N.0.0
     */
    urls: ({ network, origins, dead = 0, tarpits = 0, outOf = 100 }) =>
      Array.from({ length: origins }, (_, index) => {
        const host = `127.${network}.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
        const place = index % outOf;
        if (place < tarpits) return `http://${host}:${port}/tarpit`;
        return place < tarpits + dead
          ? `http://${host}:${closed}/hook`
          : `http://${host}:${port}/hook`;
      }),
    /** @returns {Promise<void>} */
    clear: () => ask('clear'),
    /** @returns {Promise<Arrivals>} */
    collect: () => ask('collect'),
    /** @param {number} count @param {number} [patienceMs] */
    waitFor: async (count, patienceMs = 300_000) => {
      const until = Date.now() + patienceMs;
      for (;;) {
        const seen = await ask('count');
        if (seen.count >= count) return;
        if (Date.now() > until) throw new Error(`${seen.count} of ${count} callbacks came in time`);
        await sleep(100);
      }
    },
    stop: () => child.kill('SIGKILL'),
  };
}
