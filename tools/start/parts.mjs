import { say } from './output.mjs';
import { supervise } from './supervise.mjs';

/** Everything that runs, in the order in which it was started; stopped in the reverse. */
export class Parts {
  /**
   * @readonly
   * @type {{ name: string, stop: (options: import('./running-process.mjs').StopOptions) => Promise<void> }[]}
   */
  #started = [];
  /** @readonly */
  #deadlineMs;

  /** @param {number} deadlineMs how long one part may take to stop before it is killed */
  constructor(deadlineMs) {
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Starts a part and keeps it running.
   * @template {import('./running-process.mjs').RunningProcess} T
   * @param {string} name
   * @param {(stopping: AbortSignal) => Promise<T>} start
   * @returns {Promise<T>} the first start
   */
  async add(name, start) {
    const supervised = supervise(name, start);
    this.#started.push({ name, stop: supervised.stop });
    return await supervised.ready;
  }

  /** @param {AbortSignal} hurry */
  async stop(hurry) {
    for (let part = this.#started.pop(); part; part = this.#started.pop()) {
      say(`Stopping ${part.name}`);
      await part.stop({ deadlineMs: this.#deadlineMs, hurry });
    }
  }
}
