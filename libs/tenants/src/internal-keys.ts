import { isIPv4 } from 'node:net';
import { isWellFormed, looksIssued } from './tenant-key.js';

/** A tenant that the environment names, and the key it comes with. */
export interface InternalKey {
  readonly tenant: string;
  readonly key: string;
}

const TAKES =
  'INTERNAL_KEYS takes tenants separated by commas, each "name" (its name is its key) or "name:key"';

/**
 * Reads INTERNAL_KEYS (`a,b:some-key`); empty means none.
 * @throws Error naming the entry by its place, because a name may be the key itself.
 */
export function parseInternalKeys(text: string): readonly InternalKey[] {
  if (text.trim() === '') return [];
  const entries = text.split(',').map(parseEntry);
  refuseRepeated(
    'name',
    entries.map(({ tenant }) => tenant),
  );
  refuseRepeated(
    'key',
    entries.map(({ key }) => key),
  );
  return entries;
}

/**
 * The key `demo` is known to everybody, so it opens only a gateway that listens on loopback.
 * @throws Error saying what to do instead.
 */
export function refuseDemoKey(keys: readonly InternalKey[], host: string): void {
  if (isLoopback(host) || !keys.some(({ key }) => key === 'demo')) return;
  throw new Error(
    `INTERNAL_KEYS holds the key "demo", which is taken only on a loopback address, and HOST is ${host}: give the tenant a key of its own ("demo:…") or listen on 127.0.0.1.`,
  );
}

/** Anything that may stand in a header; `,` and `:` are taken. */
const NAME = /^[!-+\--9;-~]{1,128}$/;
const KEY = /^[!-~]{1,512}$/;

function parseEntry(entry: string, index: number): InternalKey {
  const [tenant = '', ...rest] = entry.trim().split(':');
  const key = rest.length === 0 ? tenant : rest.join(':');
  const place = `${TAKES}; entry ${index + 1}`;
  if (!NAME.test(tenant)) {
    throw new Error(`${place} has no name, or one with other than visible ASCII characters.`);
  }
  if (!KEY.test(key)) {
    throw new Error(`${place} has no key, or one with other than visible ASCII characters.`);
  }
  if (looksIssued(key) && !isWellFormed(key)) {
    throw new Error(`${place} has a key like an issued one, but its checksum is wrong: mistyped?`);
  }
  return { tenant, key };
}

function refuseRepeated(what: 'name' | 'key', values: readonly string[]): void {
  const repeated = values.findIndex((value, index) => values.indexOf(value) !== index);
  if (repeated === -1) return;
  throw new Error(`${TAKES}; entry ${repeated + 1} repeats the ${what} of an earlier one.`);
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || /^\[?::1\]?$/.test(host) || (isIPv4(host) && host.startsWith('127.'))
  );
}
