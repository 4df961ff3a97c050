import { GatewayError } from '@app/errors';

/** How a caller pages through a list (https://platform.openai.com/docs/api-reference/files/list). */
export interface ListQuery {
  readonly limit: number;
  /** Null: as the collection does it. */
  readonly order: 'asc' | 'desc' | null;
  /** The last id of the page before; null: from the beginning. */
  readonly after: string | null;
  /** The first id of the page behind; null: none is given. */
  readonly before: string | null;
  /** What else is asked, for the upstream (`purpose=…`). */
  readonly rest: readonly (readonly [string, string])[];
}

/**
 * @param usual how many entries there are where the query does not say
 * @throws GatewayError INVALID_REQUEST naming the parameter
 */
export function readListQuery(query: string, usual: number): ListQuery {
  const parameters = new URLSearchParams(query);
  const one = (name: string): string | null => parameters.get(name) || null;
  const limit = Number(one('limit') ?? Math.max(usual, 1));
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw refuse('limit', `takes a whole number from 1 to ${MAX_LIMIT}`);
  }
  const order = one('order');
  if (order !== null && order !== 'asc' && order !== 'desc')
    throw refuse('order', 'takes asc or desc');
  return {
    limit,
    order,
    after: one('after'),
    before: one('before'),
    rest: [...parameters].filter(([name]) => !OURS.has(name)),
  };
}

/** The query for one page of the upstream's. */
export function pageQuery(
  { order, rest }: Pick<ListQuery, 'order' | 'rest'>,
  after: string | null,
): string {
  const parameters = new URLSearchParams(
    rest.map(([name, value]): [string, string] => [name, value]),
  );
  parameters.set('limit', String(PAGE));
  if (order !== null) parameters.set('order', order);
  if (after !== null) parameters.set('after', after);
  return `?${parameters.toString()}`;
}

const refuse = (param: string, takes: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${param} ${takes}.`, { param });

const OURS: ReadonlySet<string> = new Set(['limit', 'order', 'after', 'before']);
/** Of files; most lists take 100. */
const MAX_LIMIT = 10_000;
/** What every list takes. */
const PAGE = 100;
