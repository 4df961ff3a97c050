import { GatewayError } from '@app/errors';
import type { Policy } from '@app/tenants';

const FIELDS = {
  weight: {
    takes: 'a number from 0.01 to 1000',
    isValid: (value: number) => value >= 0.01 && value <= 1000,
  },
  maxConcurrentTasks: { takes: 'a whole number of at least 1', isValid: isCount },
  maxQueuedTasks: { takes: 'a whole number of at least 1', isValid: isCount },
} as const satisfies Record<keyof Policy, Rule>;

interface Rule {
  readonly takes: string;
  readonly isValid: (value: number) => boolean;
}

/** More than any process could hold; a larger one is a slip of the keyboard. */
const MAX_COUNT = 1_000_000_000;

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= MAX_COUNT;
}

/**
 * What a tenant may take of the engine; a field that is absent or null is not limited.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export function readPolicy(value: unknown): Policy {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('policy', `takes an object with ${names()}`);
  }
  const given: [string, unknown][] = Object.entries(value);
  const limits = given.flatMap(([name, limit]): [string, number][] => {
    const read = readField(name, limit);
    return read === null ? [] : [[name, read]];
  });
  return Object.fromEntries(limits);
}

function readField(name: string, value: unknown): number | null {
  const rule = new Map<string, Rule>(Object.entries(FIELDS)).get(name);
  if (!rule) {
    throw refuse(`policy.${name}`, `is not a field that is taken here; taken are ${names()}`);
  }
  if (value === null || (typeof value === 'number' && rule.isValid(value))) return value;
  throw refuse(`policy.${name}`, `takes ${rule.takes}, not ${JSON.stringify(value)}`);
}

const names = (): string => Object.keys(FIELDS).join(', ');

const refuse = (param: string, says: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${param} ${says}.`, { param });
