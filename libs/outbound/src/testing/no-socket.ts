import { vi } from 'vitest';
import type { OpenSocket } from '../connection.js';
import { unreachable } from '../unreachable.js';

/** Stands in for the network: opens nothing, and says what a closed port would; shows what was dialled. */
export const noSocket = () =>
  vi.fn<OpenSocket>(async ({ host }) => {
    await Promise.resolve();
    throw unreachable('closed', `No connection to ${host}`);
  });
