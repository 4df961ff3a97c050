import { fieldRefusal, shown } from '../http/field-refusal.js';
import { readTime } from '../http/read-time.js';

/** Parameters of a query string, each given once. */
export type ReportQuery = ReadonlyMap<string, string>;

/** @throws GatewayError INVALID_REQUEST for a parameter that is none of `taken`, or that comes twice */
export function readReportQuery(query: object, taken: readonly string[]): ReportQuery {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    if (!taken.includes(name))
      throw fieldRefusal(name.slice(0, 80), `is no filter; taken are ${taken.join(', ')}`);
    if (typeof value !== 'string') throw fieldRefusal(name, 'is taken once');
    given.set(name, value);
  }
  return given;
}

/** A name or id as it was recorded. @throws GatewayError INVALID_REQUEST */
export function textOf(query: ReportQuery, name: string): string | undefined {
  const text = query.get(name);
  if (text === undefined || (text !== '' && text.length <= MAX_TEXT && text.isWellFormed()))
    return text;
  throw fieldRefusal(name, `takes 1 to ${MAX_TEXT} characters`);
}

/** @throws GatewayError INVALID_REQUEST */
export function timeOf(query: ReportQuery, name: string): Date | undefined {
  const text = query.get(name);
  return text === undefined ? undefined : readTime(text, name);
}

/** @throws GatewayError INVALID_REQUEST naming `to` when nothing can lie between */
export function refuseEmptyRange(from: Date | undefined, to: Date | undefined): void {
  if (from && to && from >= to) throw fieldRefusal('to', 'takes a time after from');
}

/** @throws GatewayError INVALID_REQUEST */
export function oneOfGiven<T extends string>(
  query: ReportQuery,
  name: string,
  taken: readonly T[],
): T | undefined {
  const text = query.get(name);
  if (text === undefined) return undefined;
  const found = taken.find((one) => one === text);
  if (found !== undefined) return found;
  throw fieldRefusal(name, `takes ${taken.join(', ')}, not ${shown(text)}`);
}

const MAX_TEXT = 512;
