import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { appEntry } from '../../tools/start/build.mjs';
import { startNodeApp } from '../../tools/start/node-app.mjs';
import type { ProcessEnd } from '../../tools/start/running-process.mjs';

export type AppName = 'api' | 'worker' | 'sandbox';

export interface AppProcess {
  readonly app: AppName;
  readonly pid: number;
  readonly url: string;
  /** Resolves when it has ended, however. */
  readonly exited: Promise<ProcessEnd>;
  /** Every line that it wrote so far, JSON for the most part. */
  logs(): readonly string[];
  /** SIGTERM, then waits for its end; SIGKILL after 20 s. */
  stop(): Promise<ProcessEnd>;
  /** `kill -9`, then waits for its end. */
  kill(): Promise<ProcessEnd>;
  signal(signal: NodeJS.Signals): void;
}

export interface AppOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly url: string;
}

const READY_PATH = {
  api: '/readyz',
  worker: '/readyz',
  sandbox: '/_sandbox/submits',
} as const satisfies Record<AppName, string>;

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const living = new Set<AppProcess>();

/**
 * Starts one built process as it ships and waits until it is ready.
 * @throws when it ends before that, with its last words.
 */
export async function startApp(app: AppName, { env, url }: AppOptions): Promise<AppProcess> {
  const lines: string[] = [];
  const running = await startNodeApp({
    name: app,
    node: process.execPath,
    entry: appEntry(app),
    cwd: PROJECT,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      NODE_COMPILE_CACHE: inject('compileCache'),
      ...env,
    },
    readyUrl: url + READY_PATH[app],
    onLine: (line) => lines.push(line),
  });
  const started: AppProcess = {
    app,
    pid: running.pid,
    url,
    exited: running.exited,
    logs: () => lines,
    stop: () => running.stop({ deadlineMs: 20_000 }),
    kill: () => running.stop({ signal: 'SIGKILL' }),
    signal: (signal) => void running.child.kill(signal),
  };
  living.add(started);
  void running.exited.then(() => living.delete(started));
  return started;
}

/** What was started here and has not ended. */
export const livingProcesses = (): readonly AppProcess[] => [...living];
