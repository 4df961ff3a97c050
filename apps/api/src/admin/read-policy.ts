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
  const given = Object.entries(value).filter(([name, limit]) => isKnown(name) && limit !== null);
  return Object.fromEntries(given.map(([name, limit]) => [name, readField(name, limit)]));
}

/** @throws GatewayError for a field that is none of the table's */
function isKnown(name: string): boolean {
  if (Object.hasOwn(FIELDS, name)) return true;
  throw refuse(`policy.${name}`, `is not a field that is taken here; taken are ${names()}`);
}

function readField(name: string, value: unknown): number {
  // `isKnown` has seen to it that the name is one of the table's.
  const { takes, isValid } = FIELDS[name as keyof Policy];
  if (typeof value === 'number' && isValid(value)) return value;
  throw refuse(`policy.${name}`, `takes ${takes}, not ${JSON.stringify(value)}`);
}

const names = (): string => Object.keys(FIELDS).join(', ');

const refuse = (param: string, says: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${param} ${says}.`, { param });
