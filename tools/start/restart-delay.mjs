const FIRST_MS = 500;
const LONGEST_MS = 5000;

/** A process that ran at least this long did not die of its start: its deaths count from anew. */
export const STEADY_MS = 30_000;

/**
 * How long to wait before a process that died is started again.
 * @param {number} deathsInARow 1 for the first
 * @returns {number} milliseconds: 500, 1000, 2000, 4000, then 5000
 */
export const restartDelayMs = (deathsInARow) =>
  Math.min(FIRST_MS * 2 ** (deathsInARow - 1), LONGEST_MS);
