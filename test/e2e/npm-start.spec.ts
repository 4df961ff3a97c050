import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../support/bare-environment.mjs';
import { GatewayClient } from '../support/gateway-client.js';
import { ownPort } from '../support/ports.js';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

let dataDir: string;
let ports: { PORT: string; WORKER_PORT: string; SANDBOX_PORT: string };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskgate-start-'));
  const [api, worker, sandbox] = await Promise.all([ownPort(), ownPort(), ownPort()]);
  ports = { PORT: String(api), WORKER_PORT: String(worker), SANDBOX_PORT: String(sandbox) };
});
afterAll(async () => await rm(dataDir, { recursive: true, force: true }));

interface Started {
  /** Everything that was printed up to the line that says that it is ready. */
  readonly printed: string;
  readonly url: string;
  /** What Ctrl-C in a terminal does: the signal goes to the whole group in the foreground. */
  interrupt(): Promise<void>;
}

/** The command itself, as a user types it. */
async function npmStart(): Promise<Started> {
  const env = { ...bareEnvironment(), ...ports, DATA_DIR: dataDir, SANDBOX_DELAY_MS: '200' };
  const child = spawn('npm', ['start'], {
    cwd: PROJECT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const url = /^Taskgate is ready on (\S+)$/.exec(line)?.[1];
    if (!url) continue;
    child.stdout.resume();
    return { printed: lines.join('\n'), url, interrupt: async () => await interrupt(child) };
  }
  throw new Error(`npm start ended early:\n${lines.join('\n')}`);
}

async function interrupt(child: ChildProcess): Promise<void> {
  // The starter holds this pipe until it has stopped everything, longer than npm itself may live.
  const closed = child.stdout ? once(child.stdout, 'close') : Promise.resolve();
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await closed;
}

const addressOf = (printed: string, name: string): string =>
  new RegExp(`^${name} +(\\S+)$`, 'm').exec(printed)?.[1] ?? '';

/** Whether anybody listens on the port of that address. */
async function answers(address: string): Promise<boolean> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1');
  const listens = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return listens;
}

describe('npm start', () => {
  it('prints what a new user needs, makes a task succeed, stops without a trace, and finds its data again', async () => {
    const first = await npmStart();
    const { printed, url } = first;
    const servers = [
      url,
      `http://127.0.0.1:${ports.WORKER_PORT}`,
      `http://127.0.0.1:${ports.SANDBOX_PORT}`,
      addressOf(printed, 'Postgres'),
      addressOf(printed, 'Redis'),
    ];

    expect(url).toBe(`http://localhost:${ports.PORT}`);
    for (const provider of ['OpenAI', 'DashScope', 'BFL', 'Vertex']) {
      expect(printed).toMatch(new RegExp(`^ +${provider} +sandbox`, 'm'));
    }
    expect(printed).toMatch(/^Tenant keys +demo$/m);
    expect(printed).toMatch(/^Admin token +\S{20,}$/m);
    expect(await Promise.all(servers.map(answers))).toEqual(servers.map(() => true));

    const commands = printed.split('\n').filter((line) => /^(TASK=|curl )/.test(line));
    expect(commands).toHaveLength(3);
    const { stdout } = await promisify(execFile)('bash', ['-c', commands.join('\n')]);
    const [taskId = '', ...answered] = stdout.split('\n');
    expect(taskId).toMatch(/^tk-/);
    expect(answered.join('\n')).toContain('You said: Say hello.');
    const finished = await new GatewayClient(url, 'demo').untilTerminal(taskId);
    expect(finished.status).toBe('success');

    await first.interrupt();
    expect(await Promise.all(servers.map(answers))).toEqual(servers.map(() => false));

    const second = await npmStart();
    expect(addressOf(second.printed, 'Admin token')).toBe(addressOf(printed, 'Admin token'));
    expect(await new GatewayClient(second.url, 'demo').getTask(taskId)).toEqual(finished);
    await second.interrupt();
  }, 120_000);
});
