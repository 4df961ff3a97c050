import { setTimeout as delay } from 'node:timers/promises';

const DEADLOCK = '40P01';
const TRIES = 3;
/** The other one goes on where it waited for us: begun again at once, we would meet it again. */
const REST_MS = 50;

/** Runs a statement again that Postgres broke off for the sake of another one; it has written nothing. */
export async function retryDeadlocks<T>(run: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; left > 0; left -= 1) {
    try {
      return await run();
    } catch (error) {
      if (!isDeadlock(error)) throw error;
      await delay(REST_MS);
    }
  }
  return await run();
}

const isDeadlock = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === DEADLOCK;
