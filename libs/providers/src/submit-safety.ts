/**
 * - `idempotent`: the attempt's id is a key; the same submit again is the same job.
 * - `findable`: `recover` can tell.
 * - `hook-correlates`: the vendor calls back on a URL that carries the attempt's id.
 * - `none`: nothing can be found out, so the task's `onUnknown` decides.
 */
export type SubmitSafety = 'idempotent' | 'findable' | 'hook-correlates' | 'none';
