import type { NameRules, Policy } from '@app/tenants';
import { MAX_HOSTS, readHostGlobs } from '../callbacks/read-host-globs.js';
import { fieldRefusal, refuseOtherFields } from '../http/field-refusal.js';
import { ENDPOINT_GLOBS, listTakes, MODEL_GLOBS, NETWORKS, readEntries } from './policy-lists.js';

/** How a field is read: what it is not, is undefined; a reader may refuse a part of it by itself. */
export interface PolicyField<Value> {
  readonly takes: string;
  readonly read: (value: unknown, path: string) => Value | undefined;
  /** Why it cannot be set for one key; absent where it can. */
  readonly notOnKeys?: string;
}

const SHARED = 'tasks wait for their whole tenant, so it is set on the tenant or its plan';

const COUNT: PolicyField<number> = {
  takes: 'a whole number of at least 1, or null for no limit',
  read: readCount,
};

const BUDGET: PolicyField<number> = {
  takes:
    'USD from 0 (nothing may be spent) to 9000000 with at most 9 decimals, or null for no limit',
  read: readUsd,
};

/** Every field of a policy. */
export const POLICY_FIELDS = {
  requestsPerMinute: COUNT,
  readsPerMinute: COUNT,
  tokensPerMinute: COUNT,
  maxConcurrentRequests: COUNT,
  maxConcurrentTasks: { ...COUNT, notOnKeys: SHARED },
  maxQueuedTasks: { ...COUNT, notOnKeys: SHARED },
  weight: {
    takes: 'a number from 0.01 to 1000',
    read: (value) =>
      typeof value === 'number' && value >= 0.01 && value <= 1000 ? value : undefined,
    notOnKeys: SHARED,
  },
  dailyBudgetUsd: BUDGET,
  monthlyBudgetUsd: BUDGET,
  models: {
    takes: `{allow, deny}, each ${listTakes(MODEL_GLOBS)}`,
    read: (value, path) => readRules(value, path, (list, at) => readEntries(list, at, MODEL_GLOBS)),
  },
  endpoints: {
    takes: `{allow, deny}, each ${listTakes(ENDPOINT_GLOBS)}`,
    read: (value, path) =>
      readRules(value, path, (list, at) => readEntries(list, at, ENDPOINT_GLOBS)),
  },
  maxTokens: COUNT,
  callbackHosts: {
    takes: `a list of 1 to ${MAX_HOSTS} hosts, or null for all`,
    read: (value, path) => (Array.isArray(value) ? readHostGlobs(value, path) : undefined),
    notOnKeys: 'callback settings are those of a tenant, so it is set on the tenant or its plan',
  },
  clientNetworks: {
    takes: listTakes(NETWORKS),
    read: (value, path) => readEntries(value, path, NETWORKS),
  },
} as const satisfies { [Name in keyof Policy]-?: PolicyField<Policy[Name]> };

/** More than any process could hold; a larger one is a slip of the keyboard. */
const MAX_COUNT = 1_000_000_000;

function readCount(value: unknown): number | undefined {
  const isCount = Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= MAX_COUNT;
  return isCount ? Number(value) : undefined;
}

/** Its nano-USD are a whole number that a `number` holds exactly. */
const MAX_USD = 9_000_000;

function readUsd(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_USD)) return undefined;
  return Number(value.toFixed(9)) === value ? Math.abs(value) : undefined;
}

type ReadList = (value: unknown, path: string) => readonly string[] | undefined;

function readRules(value: unknown, path: string, readList: ReadList): NameRules | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const given = new Map<string, unknown>(Object.entries(value));
  refuseOtherFields(given, ['allow', 'deny'], `${path}.`);
  const lists = [...given].flatMap(([name, list]): [string, unknown][] => {
    if (list === null) return [];
    const read = readList(list, `${path}.${name}`);
    if (read) return [[name, read]];
    throw fieldRefusal(`${path}.${name}`, 'takes a list of 1 to 1000 entries, or null for no rule');
  });
  return Object.fromEntries(lists);
}
