import { HOST_GLOB_TAKES, readHostGlob } from '@app/tenants';
import { fieldRefusal, shown } from '../http/field-refusal.js';

/** Of a tenant's settings, and of its operator's policy. */
export const MAX_HOSTS = 50;

/**
 * A list of hosts in the spelling that they are compared in, each once; undefined where none is given.
 * @throws GatewayError INVALID_REQUEST naming the path (`hosts[2]`) and what it takes
 */
export function readHostGlobs(value: unknown, path: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > MAX_HOSTS) {
    const given = Array.isArray(value) ? `${value.length}` : shown(value);
    throw fieldRefusal(path, `takes a list of at most ${MAX_HOSTS} hosts, not ${given}`);
  }
  const globs = value.map((text: unknown, index) => readGlob(text, `${path}[${index}]`));
  return globs.length === 0 ? undefined : [...new Set(globs)];
}

function readGlob(text: unknown, path: string): string {
  if (typeof text !== 'string') {
    throw fieldRefusal(path, `takes ${HOST_GLOB_TAKES}, not ${shown(text)}`);
  }
  const read = readHostGlob(text);
  if (read.ok) return read.glob;
  throw fieldRefusal(path, read.reason);
}
