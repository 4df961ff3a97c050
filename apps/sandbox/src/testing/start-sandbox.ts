import { onTestFinished } from 'vitest';
import { buildSandbox } from '../sandbox.js';
import type { Submit } from '../submit-log.js';

export interface TestSandbox {
  readonly url: string;
  /** Lets time pass for tasks and links. Work inside a synchronous call takes real time. */
  readonly pass: (milliseconds: number) => void;
  readonly post: (
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  readonly submits: () => Promise<readonly Submit[]>;
}

/** A sandbox on a free port, with a clock of its own; stopped when the test ends. */
export async function startSandbox(
  options: {
    readonly delayMs?: number;
    readonly bflMaxActive?: number;
    readonly bflCredits?: number;
  } = {},
): Promise<TestSandbox> {
  let now = 1_800_000_000_000;
  const app = buildSandbox({ ...options, delayMs: options.delayMs ?? 0, now: () => now });
  onTestFinished(async () => await app.close());
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    post: async (path, body, headers = { authorization: 'Bearer key' }) =>
      await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    submits: async () => {
      const response = await fetch(`${url}/_sandbox/submits`);
      return ((await response.json()) as { submits: readonly Submit[] }).submits;
    },
  };
}
