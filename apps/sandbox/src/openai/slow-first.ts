/** How long `slow-first-token` keeps silent behind its head where no delay is directed: longer than any test waits. */
export const SLOW_FIRST_MS = 60_000;
