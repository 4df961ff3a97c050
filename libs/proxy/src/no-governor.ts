import type { Governor } from './governor.js';

/** Lets everything through and counts nothing. */
export const NO_GOVERNOR: Governor = {
  admit: async () => ({
    headers: {},
    limits: null,
    dispatched: () => undefined,
    settle: () => ({ nanoUsd: null, price: null }),
    release: () => undefined,
  }),
};
