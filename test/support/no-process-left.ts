import { afterAll } from 'vitest';
import { livingProcesses } from './processes.js';

// Registered before a file's own hooks, so it runs after them.
afterAll(async () => {
  const left = livingProcesses();
  const names = left.map(({ app, pid }) => `${app} (${pid})`);
  await Promise.all(left.map((process) => process.kill()));
  if (names.length > 0) throw new Error(`This file left processes running: ${names.join(', ')}`);
});
