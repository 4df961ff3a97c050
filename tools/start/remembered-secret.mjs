import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * A secret made once and kept in a file that only its owner can read.
 * @param {string} file
 * @param {() => string} [make] 24 random bytes in base64url unless told
 * @returns {string}
 */
export function rememberedSecret(file, make = () => randomBytes(24).toString('base64url')) {
  const before = readSecret(file);
  if (before) return before;
  const secret = make();
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/** @param {string} file */
function readSecret(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
