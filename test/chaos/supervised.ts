import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '../support/processes.js';

/** A process that is started again whenever it ends, as every supervisor does. */
export interface Supervised {
  /** `kill -9`. @returns whether there was one to kill */
  kill(): Promise<boolean>;
  /** Kills and deaths that nobody here caused. */
  readonly unexpectedEnds: readonly string[];
  /** No more restarts; resolves when none is under way. */
  release(): Promise<void>;
}

const AGAIN_MS = 500;

/** @param start starts one more; may fail, for instance while Postgres is away: it is tried again */
export function supervise(first: AppProcess, start: () => Promise<AppProcess>): Supervised {
  const unexpectedEnds: string[] = [];
  let current: AppProcess | null = first;
  let expected = false;
  let released = false;
  const keepAlive = async (): Promise<void> => {
    for (;;) {
      const { reason } = (await current?.exited) ?? {};
      if (!expected && !released) unexpectedEnds.push(`${current?.app} ended: ${reason}`);
      [current, expected] = [null, false];
      while (current === null) {
        if (released) return;
        current = await start().catch(() => null);
        if (current === null) await sleep(AGAIN_MS); // what it needs is away
      }
      if (released) return;
    }
  };
  const keeping = keepAlive();
  return {
    unexpectedEnds,
    kill: async () => {
      if (current === null) return false;
      expected = true;
      await current.kill();
      return true;
    },
    release: async () => {
      released = true;
      if (current === null) await keeping;
    },
  };
}
