/* oxlint-disable typescript/no-unsafe-return -- what others wrote: the caller names the type it expects */
import { readFileSync } from 'node:fs';

/**
 * @template T
 * @param {string} text
 * @returns {T | undefined} undefined: it is no JSON
 */
export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @template T
 * @param {string} file
 * @returns {T | undefined} undefined: not there, or no JSON
 */
export function readJson(file) {
  try {
    return parseJson(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
