import { parseNetworks } from '@app/outbound';
import { fieldRefusal, shown } from '../http/field-refusal.js';

/** Of one list, and of one entry in it. */
export const MAX_ENTRIES = 1_000;
const MAX_LENGTH = 256;

/** How one entry is read into the spelling that is kept; null: it is none. */
interface EntryRule {
  readonly what: string;
  readonly takes: string;
  readonly read: (text: string) => string | null;
}

export const MODEL_GLOBS: EntryRule = {
  what: 'names of models',
  takes: 'a model’s name, * standing for any run of characters (gpt-5*)',
  read: (text) => (/^[!-~]+$/.test(text) ? text : null),
};

export const ENDPOINT_GLOBS: EntryRule = {
  what: 'endpoints',
  takes:
    'a path below /v1 in its plainest spelling, * standing for any run of characters, with or without ' +
    'a method before it (/v1/chat/*, POST /v1/files)',
  read: readEndpoint,
};

export const NETWORKS: EntryRule = {
  what: 'networks',
  takes: 'an address or a CIDR (203.0.113.7, 10.0.0.0/8, 2001:db8::/32)',
  read: readNetwork,
};

/**
 * Entries in the spelling that is kept, each once; undefined where the value is no list of 1 to 1000.
 * @throws GatewayError INVALID_REQUEST naming the entry (`policy.models.allow[2]`) and what it takes
 */
export function readEntries(
  value: unknown,
  path: string,
  rule: EntryRule,
): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ENTRIES) return undefined;
  const read = value.map((entry: unknown, index) => {
    const isText = typeof entry === 'string' && entry.length <= MAX_LENGTH;
    const kept = isText ? rule.read(entry) : null;
    if (kept !== null) return kept;
    const says = `takes ${rule.takes}, of at most ${MAX_LENGTH} characters, not ${shown(entry)}`;
    throw fieldRefusal(`${path}[${index}]`, says);
  });
  return [...new Set(read)];
}

/** What a list takes, for a sentence. */
export const listTakes = ({ what }: EntryRule): string =>
  `a list of 1 to ${MAX_ENTRIES} ${what}, or null for no rule`;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Paths are judged decoded, without query and empty segments: a glob that has one of those never matches. */
function readEndpoint(text: string): string | null {
  const [first = '', second, ...rest] = text.split(' ');
  const path = second ?? first;
  if (rest.length > 0 || (second !== undefined && !METHODS.has(first))) return null;
  if (!/^[/*][!-~]*$/.test(path) || /[?#%;\\]|\/\/|.\/$/.test(path)) return null;
  const hasDots = path.split('/').some((segment) => segment === '.' || segment === '..');
  return !hasDots && isBelowV1(path) ? text : null;
}

/** Whether the glob can match any path below `/v1` at all. */
function isBelowV1(path: string): boolean {
  const literal = path.split('*', 1)[0] ?? '';
  return literal.startsWith('/v1/') || (path.includes('*') && '/v1/'.startsWith(literal));
}

function readNetwork(text: string): string | null {
  if (/[\s,]/.test(text)) return null;
  try {
    return parseNetworks(text).length === 1 ? text.toLowerCase() : null;
  } catch (error) {
    // What it throws for an entry that is no network; the caller says what is taken.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
