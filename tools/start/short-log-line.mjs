import { parseJson } from './json.mjs';

/** pino's numbers (https://getpino.io/#/docs/api?id=loggerlevels-object); below 40 nobody needs to look. */
const LOUD = 40;
/** @type {Readonly<Record<number, string>>} */
const LEVELS = { 40: 'warning', 50: 'error', 60: 'fatal' };

/**
 * What a terminal shows of a process's output: warnings, errors, and the traces of a crash.
 * @param {string} name of the process
 * @param {string} line
 * @param {'stdout' | 'stderr'} stream
 * @returns {string | undefined} undefined: not worth showing
 */
export function shortLogLine(name, line, stream) {
  /** @type {{ level?: unknown, msg?: string, err?: { message?: string } } | undefined} */
  const record = line.startsWith('{') ? parseJson(line) : undefined;
  if (!record) return stream === 'stderr' && line.trim() ? `${name}: ${line}` : undefined;
  const { level, msg, err } = record;
  if (typeof level !== 'number' || level < LOUD) return undefined;
  const why = err?.message && err.message !== msg ? ` (${err.message})` : '';
  return `${name} ${LEVELS[level] ?? level}: ${msg ?? 'no message'}${why}`;
}
