import { once } from 'node:events';
import { expect, it } from 'vitest';
import { runProcess } from './running-process.mjs';
import { supervise } from './supervise.mjs';

const sleeper = () =>
  runProcess({
    command: process.execPath,
    args: ['-e', 'setInterval(() => 0, 1000)'],
    stdio: 'ignore',
  });

it('starts a process again that was killed, until it is told to stop', async () => {
  /** @type {import('./running-process.mjs').RunningProcess[]} */
  const started = [];
  const starts = new EventTarget();
  const second = once(starts, '2');
  const part = supervise('a part', async () => {
    const running = sleeper();
    starts.dispatchEvent(new Event(String(started.push(running))));
    return running;
  });

  (await part.ready).child.kill('SIGKILL');
  await second;
  await part.stop();

  expect(started).toHaveLength(2);
  expect(started.every((one) => one.hasEnded())).toBe(true);
});

it('does not try again what failed at its first start', async () => {
  let tries = 0;
  const part = supervise('a part', () => {
    tries += 1;
    return Promise.reject(new Error('PORT takes a number'));
  });

  await expect(part.ready).rejects.toThrow('PORT takes a number');
  await part.stop();
  expect(tries).toBe(1);
});
