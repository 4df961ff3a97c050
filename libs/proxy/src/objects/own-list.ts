import { GatewayError } from '@app/errors';
import { ListLane } from './list-lane.js';
import { listBody, type ListItem, readListPage } from './list-page.js';
import { type ListQuery, readListQuery } from './list-query.js';
import type { Holding } from './object-store.js';
import { isSamePlace, type ObjectPin, type OwnOf, type ReadPage } from './object-place.js';

export interface OwnListParts {
  readonly read: ReadPage;
  /** Where entries of the tenant are, and how many at most. */
  readonly places: readonly Holding[];
  readonly ownOf: OwnOf;
}

/**
 * A collection as one tenant sees it: the entries that are its own, over all places that hold some, in the
 * order that was asked for. Null: the first page is no list of objects, or goes out as it is, because all of
 * it is the tenant's and there is nowhere else to look.
 * @param first what the upstream answered at `from` to this query
 * @throws GatewayError INVALID_REQUEST for paging that cannot be kept, SERVICE_UNAVAILABLE where the
 *   tenant's own are too far behind those of others
 */
export async function ownList(
  {
    first,
    from,
    query,
  }: { readonly first: Buffer; readonly from: ObjectPin; readonly query: string },
  parts: OwnListParts,
): Promise<Buffer | null> {
  const page = readListPage(first);
  if (!page) return null;
  const own = await parts.ownOf(
    page.items.map(({ id }) => id),
    null,
  );
  const isElsewhere = parts.places.some((place) => !isSamePlace(place, from));
  if (!isElsewhere && page.items.every(({ id }) => own.has(id))) return null;
  const asked = readListQuery(query, page.items.length);
  if (asked.before !== null) throw noBefore();
  const order = asked.order ?? orderOf(page.items);
  const { items, hasMore } = await gathered(asked, { ...parts, order });
  return listBody(page.head, items, hasMore);
}

interface Gathered {
  readonly items: readonly ListItem[];
  readonly hasMore: boolean;
}

/**
 * From one place the pages go on where the caller is; from several they begin at the beginning, because a
 * cursor of one says nothing of where the others are.
 */
async function gathered(
  query: ListQuery,
  parts: OwnListParts & { readonly order: 'asc' | 'desc' },
): Promise<Gathered> {
  const after = parts.places.length === 1 ? query.after : null;
  const budget = { pages: MAX_PAGES };
  const lanes = parts.places.map(
    (place) => new ListLane(place, { query, after, budget, ...parts }),
  );
  await Promise.all(lanes.map(async (lane) => await lane.fill()));
  const found: ListItem[] = [];
  // Keys of one project list what nobody wrote down twice.
  const seen = new Set<string>();
  let isBehind = after === query.after;
  while (found.length <= query.limit) {
    const lane = nextLane(lanes, parts.order);
    const item = lane?.shift();
    if (!lane || !item) break;
    if (isBehind && !seen.has(item.id)) found.push(item);
    seen.add(item.id);
    isBehind ||= item.id === query.after;
    await lane.fill();
  }
  const isCutShort = lanes.some((lane) => lane.isCutShort);
  if (isCutShort && found.length === 0) throw tooFar();
  return {
    items: found.slice(0, query.limit),
    hasMore: found.length > query.limit || isCutShort,
  };
}

const createdAt = ({ first }: ListLane): number => first?.createdAt ?? 0;

/** Some collections begin with the oldest where nothing is asked. */
const orderOf = (items: readonly ListItem[]): 'asc' | 'desc' =>
  (items[0]?.createdAt ?? 0) < (items.at(-1)?.createdAt ?? 0) ? 'asc' : 'desc';

/** The lane whose next entry comes first in this order. */
function nextLane(lanes: readonly ListLane[], order: 'asc' | 'desc'): ListLane | undefined {
  const sign = order === 'asc' ? 1 : -1;
  return lanes
    .filter(({ first }) => first !== undefined)
    .toSorted((one, other) => sign * (createdAt(one) - createdAt(other)))
    .at(0);
}

/** Of 100 entries each, by all places together. */
const MAX_PAGES = 50;

const noBefore = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    'before is not taken where a list has entries of several tenants or keys; page with after, and order=asc for the other direction.',
    { param: 'before' },
  );

const tooFar = (): GatewayError =>
  new GatewayError(
    'SERVICE_UNAVAILABLE',
    `None of the ${MAX_PAGES * 100} entries that were looked at is yours; ask for the objects by their ids.`,
    { retryAfterSeconds: 60 },
  );
