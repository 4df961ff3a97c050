import type { Policy } from '@app/tenants';
import { fieldRefusal, shown } from '../http/field-refusal.js';
import { POLICY_FIELDS, type PolicyField } from './policy-fields.js';

/**
 * What a tenant or a plan may take; a field that is absent or null is not limited by it.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export const readPolicy = (value: unknown): Policy => read(value, FIELDS);

/**
 * What one key may take of its tenant's.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes, or why a key has no such
 */
export function readKeyPolicy(value: unknown): Policy {
  return read(value, KEY_FIELDS);
}

type Fields = ReadonlyMap<string, PolicyField<unknown>>;

const FIELDS: Fields = new Map<string, PolicyField<unknown>>(Object.entries(POLICY_FIELDS));
const KEY_FIELDS: Fields = new Map([...FIELDS].filter(([, { notOnKeys }]) => !notOnKeys));

function read(value: unknown, fields: Fields): Policy {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fieldRefusal('policy', `takes an object with ${namesOf(fields)}, not ${shown(value)}`);
  }
  const given: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(given.flatMap(([name, limit]) => readField(name, limit, fields)));
}

function readField(name: string, limit: unknown, fields: Fields): [string, unknown][] {
  const path = `policy.${name.slice(0, MAX_SHOWN)}`;
  const field = fields.get(name);
  if (!field) throw fieldRefusal(path, refusalOf(name, fields));
  if (limit === null) return [];
  const value = field.read(limit, path);
  if (value !== undefined) return [[name, value]];
  throw fieldRefusal(path, `takes ${field.takes}, not ${shown(limit)}`);
}

function refusalOf(name: string, fields: Fields): string {
  const notOnKeys = FIELDS.get(name)?.notOnKeys;
  if (notOnKeys) return `is not for a key: ${notOnKeys}`;
  return `is not a field that is taken here; taken are ${namesOf(fields)}`;
}

const MAX_SHOWN = 80;

const namesOf = (fields: Fields): string => [...fields.keys()].join(', ');
