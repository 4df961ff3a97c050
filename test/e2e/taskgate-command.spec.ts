import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../support/bare-environment.mjs';
import { ownPort } from '../support/ports.js';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = 'tools/taskgate.mjs';

let port: number;
beforeAll(async () => {
  port = await ownPort();
});

let running: ChildProcess | undefined;
afterEach(() => running?.kill());

/** The command as `npx taskgate` runs it, until it says that it is ready; what it printed. */
async function start(...args: readonly string[]): Promise<string> {
  running = spawn('node', [COMMAND, ...args], {
    cwd: PROJECT,
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: running.stdout ?? process.stdin })) {
    lines.push(line);
    if (line.includes(' is ready on ')) break;
  }
  running.stdout?.resume();
  return lines.join('\n');
}

const exec = promisify(execFile);

/** A command that fails: its exit code and what it said about it. */
const failureOf = async (...args: readonly string[]): Promise<unknown> =>
  await exec('node', [COMMAND, ...args], { cwd: PROJECT, env: bareEnvironment() }).catch(
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );

describe('npx taskgate', () => {
  it('plays the vendors: every request that it prints works, and Ctrl-C ends it', async () => {
    const printed = await start('sandbox', '--port', String(port), '--delay-ms', '20');
    const curls = printed.match(/^ +curl .+/gm) ?? [];

    expect(curls.length).toBeGreaterThanOrEqual(4);
    for (const curl of curls) {
      const { stdout } = await exec('sh', ['-c', `${curl} -o /dev/null -w '%{http_code}'`]);
      expect([curl, stdout]).toEqual([curl, '200']);
    }
    expect(await failureOf('sandbox', '--port', String(port))).toEqual({
      code: 1,
      stderr: `taskgate: Port ${port} is taken: stop what listens there, or set --port to another port.\n`,
    });
    const exited = running && once(running, 'exit');
    running?.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    await expect(fetch(`http://127.0.0.1:${port}/_sandbox/submits`)).rejects.toThrow(
      'fetch failed',
    );
  });

  it('says in one line what it does not know', async () => {
    expect(await failureOf('sandbx')).toEqual({
      code: 1,
      stderr:
        'taskgate: there is no command "sandbx"; commands are sandbox, up, admin (npx taskgate --help)\n',
    });
  });
});
