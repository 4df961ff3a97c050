import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const MAX_BYTES = 20 * 1024 * 1024;

/**
 * A log that begins anew with every start and never takes more than twice its limit: a full file
 * becomes NAME.1 and a new one begins.
 * @param {string} file
 * @param {number} [maxBytes]
 * @returns {{ write: (line: string) => void, close: () => void }}
 */
export function openLog(file, maxBytes = MAX_BYTES) {
  mkdirSync(dirname(file), { recursive: true });
  let descriptor = openSync(file, 'w', 0o600);
  let bytes = 0;
  const write = (/** @type {string} */ line) => {
    if (bytes > maxBytes) {
      closeSync(descriptor);
      renameSync(file, `${file}.1`);
      descriptor = openSync(file, 'w', 0o600);
      bytes = 0;
    }
    bytes += writeSync(descriptor, `${line}\n`);
  };
  return { write, close: () => closeSync(descriptor) };
}
