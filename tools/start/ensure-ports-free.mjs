import { setTimeout as sleep } from 'node:timers/promises';
import { portState } from './free-port.mjs';
import { StartError } from './output.mjs';

/** The processes of a start that was killed just now may need a moment to go. */
const PATIENCE_MS = 3_000;

/**
 * @param {readonly { variable: string, port: number, host: string, hostVariable?: string }[]} wanted
 * @throws {StartError} naming the variable to change
 */
export async function ensurePortsFree(wanted) {
  const until = Date.now() + PATIENCE_MS;
  for (const { variable, port, host } of wanted) {
    let state = await portState(port, host);
    while (state === 'taken' && Date.now() < until) {
      await sleep(100); // another process's socket: nothing tells us
      state = await portState(port, host);
    }
    if (state === 'taken') {
      throw new StartError(
        `Port ${port} is taken: stop what listens there, or set ${variable} to another port.`,
      );
    }
    if (state !== 'free')
      throw new StartError(`HOST is "${host}", which is no address of this machine.`);
  }
}
