import { GatewayError } from '@app/errors';
import type { Catalog } from '@app/providers';
import type { TaskFilter, TaskStatus } from '@app/tasks';
import { readTime } from '../http/read-time.js';

/** A query string as it came: a parameter that is given twice is a list. */
export type TaskQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

export const STATUSES = [
  'queued',
  'handling',
  'archiving',
  'success',
  'fail',
] as const satisfies readonly TaskStatus[];

const METADATA = 'metadata.';

/** Which tasks a query asks for. @throws GatewayError INVALID_REQUEST naming the parameter and what it takes */
export function filterOf(query: TaskQuery, catalog: Pick<Catalog, 'find'>): TaskFilter {
  const status = statusOf(one(query, 'status'));
  const model = modelOf(one(query, 'model'), catalog);
  const createdAfter = timeOf(query, 'createdAfter');
  const createdBefore = timeOf(query, 'createdBefore');
  const metadata = metadataOf(query);
  return {
    ...(status && { status }),
    ...(model && { model }),
    ...(createdAfter && { createdAfter }),
    ...(createdBefore && { createdBefore }),
    ...(metadata && { metadata }),
  };
}

/** @throws GatewayError INVALID_REQUEST when it is given twice */
export function one(query: TaskQuery, name: string): string | undefined {
  const value = query[name];
  if (typeof value === 'string' || value === undefined) return value;
  throw refuse(name, 'is taken once');
}

/** 1 to 100. @throws GatewayError INVALID_REQUEST */
export function limitOf(query: TaskQuery, fallback: number): number {
  const text = one(query, 'limit') ?? String(fallback);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 100) return limit;
  throw refuse('limit', `takes a whole number from 1 to 100, not "${text}"`);
}

/** @throws GatewayError INVALID_REQUEST for a parameter that is none of `known`, nor `metadata.KEY` */
export function refuseUnknown(query: TaskQuery, known: readonly string[]): void {
  const unknown = Object.keys(query).find(
    (name) => !known.includes(name) && !name.startsWith(METADATA),
  );
  if (unknown === undefined) return;
  throw refuse(unknown, `is no filter; taken are ${known.join(', ')} and metadata.KEY`);
}

function statusOf(status: string | undefined): TaskStatus | undefined {
  if (status === undefined) return undefined;
  const found = STATUSES.find((known) => known === status);
  if (found) return found;
  throw refuse('status', `takes ${STATUSES.join(', ')}, not "${status}"`);
}

function modelOf(name: string | undefined, catalog: Pick<Catalog, 'find'>): string | undefined {
  if (name === undefined) return undefined;
  const lookup = catalog.find(name);
  if (lookup.found) return lookup.model.id;
  throw new GatewayError('INVALID_REQUEST', lookup.message, { param: 'model' });
}

function timeOf(query: TaskQuery, name: string): Date | undefined {
  const text = one(query, name);
  return text === undefined ? undefined : readTime(text, name);
}

function metadataOf(query: TaskQuery): Readonly<Record<string, string>> | undefined {
  const names = Object.keys(query).filter((name) => name.startsWith(METADATA));
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [keyOf(name), one(query, name) ?? '']));
}

function keyOf(name: string): string {
  const key = name.slice(METADATA.length);
  if (key !== '' && key !== '__proto__') return key;
  throw refuse(name, 'takes the name of a pair: metadata.KEY=VALUE');
}

const refuse = (name: string, takes: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${name} ${takes}.`, { param: name });
