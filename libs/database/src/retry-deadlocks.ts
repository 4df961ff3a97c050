import { setTimeout as sleep } from 'node:timers/promises';

const DEADLOCK = '40P01';
const TRIES = 3;
/** What the other one still has to lock, it locks meanwhile; at once we would only be in its way again. */
const PAUSE_MS = 50;

/** Runs a statement again that Postgres broke off for the sake of another one; it has written nothing. */
export async function retryDeadlocks<T>(run: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; left > 0; left -= 1) {
    try {
      return await run();
    } catch (error) {
      if (!isDeadlock(error)) throw error;
      await sleep(PAUSE_MS * (1 + Math.random()));
    }
  }
  return await run();
}

const isDeadlock = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === DEADLOCK;
