import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from './free-port.mjs';
import { runProcess } from './running-process.mjs';

/** @param {string} script */
const runNode = (script) =>
  runProcess({
    command: process.execPath,
    args: ['-e', script],
    stdio: ['ignore', 'pipe', 'ignore'],
  });

it('says how a process ended', async () => {
  const { reason } = await runNode('process.exit(3)').exited;

  expect(reason).toBe('exit code 3');
});

it('says that a command does not exist', async () => {
  const running = runProcess({ command: '/no/such/command', args: [] });

  expect((await running.exited).reason).toContain('ENOENT');
  expect(running.hasEnded()).toBe(true);
});

it('asks first, and kills what does not listen', async () => {
  const deaf = runNode(
    "process.on('SIGTERM', () => 0); setInterval(() => 0, 1000); console.log(1)",
  );
  await once(deaf.child.stdout ?? deaf.child, 'data');

  const { signal } = await deaf.stop({ hurry: AbortSignal.abort() });

  expect(signal).toBe('SIGKILL');
});

it('lets no process outlive a parent that is killed', async () => {
  // The grandchild holds a connection to us: its end is seen here, with nothing to poll.
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.once('close', () => ends.dispatchEvent(new Event('end')));
  });
  const ends = new EventTarget();
  onTestFinished(() => void server.close());
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  const file = new URL('running-process.mjs', import.meta.url).href;
  const grandchild = `require('node:net').connect(${port}, '127.0.0.1')`;
  const script = `import(${JSON.stringify(file)}).then(({ runProcess }) =>
    runProcess({ command: process.execPath, args: ['-e', ${JSON.stringify(grandchild)}] }))`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  await once(server, 'connection');
  const end = once(ends, 'end');

  parent.kill('SIGKILL');

  await expect(end).resolves.toBeDefined();
});
