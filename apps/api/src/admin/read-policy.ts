import type { Policy } from '@app/tenants';
import { MAX_HOSTS, readHostGlobs } from '../callbacks/read-host-globs.js';
import { fieldRefusal, shown } from '../http/field-refusal.js';

/** How each field is read: what it is not, is undefined; a reader may refuse a part of it by itself. */
const FIELDS = {
  weight: {
    takes: 'a number from 0.01 to 1000',
    read: (value) =>
      typeof value === 'number' && value >= 0.01 && value <= 1000 ? value : undefined,
  },
  maxConcurrentTasks: { takes: 'a whole number of at least 1', read: readCount },
  maxQueuedTasks: { takes: 'a whole number of at least 1', read: readCount },
  callbackHosts: {
    takes: `a list of 1 to ${MAX_HOSTS} hosts, or null for all`,
    read: (value, path) => (Array.isArray(value) ? readHostGlobs(value, path) : undefined),
  },
} as const satisfies { [Name in keyof Policy]-?: Rule<Policy[Name]> };

interface Rule<Value> {
  readonly takes: string;
  readonly read: (value: unknown, path: string) => Value | undefined;
}

/** More than any process could hold; a larger one is a slip of the keyboard. */
const MAX_COUNT = 1_000_000_000;

function readCount(value: unknown): number | undefined {
  const isCount = Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= MAX_COUNT;
  return isCount ? Number(value) : undefined;
}

/**
 * What a tenant may take of the engine; a field that is absent or null is not limited.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export function readPolicy(value: unknown): Policy {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fieldRefusal('policy', `takes an object with ${names()}`);
  }
  const given: [string, unknown][] = Object.entries(value);
  const limits = given.flatMap(([name, limit]): [string, unknown][] =>
    limit === null && isField(name) ? [] : [[name, readField(name, limit)]],
  );
  return Object.fromEntries(limits);
}

const isField = (name: string): boolean => Object.hasOwn(FIELDS, name);

function readField(name: string, value: unknown): unknown {
  const path = `policy.${name}`;
  const rule = new Map<string, Rule<unknown>>(Object.entries(FIELDS)).get(name);
  if (!rule) {
    throw fieldRefusal(path, `is not a field that is taken here; taken are ${names()}`);
  }
  const read = rule.read(value, path);
  if (read !== undefined) return read;
  throw fieldRefusal(path, `takes ${rule.takes}, not ${shown(value)}`);
}

const names = (): string => Object.keys(FIELDS).join(', ');
