import { GatewayError } from '@app/errors';
import type { RawHeaders } from '../raw-headers.js';
import type { UpstreamRead } from '../read-upstream.js';
import { listBody, type ListItem, type ListPage, readListPage } from './list-page.js';
import { type ListQuery, pageQuery, readListQuery } from './list-query.js';
import type { Holding } from './object-store.js';
import type { ObjectPin } from './objects.js';

/** Reads the collection at an upstream; null: wherever the call would go. The query has its `?`, or is empty. */
export type ReadList = (place: ObjectPin | null, query: string) => Promise<UpstreamRead>;

export interface OwnListParts {
  readonly read: ReadList;
  /** Where the tenant has objects of this kind; null: it is not known what the collection holds. */
  readonly holdings: readonly Holding[] | null;
  /** Those of these ids that the tenant may see. */
  readonly ownOf: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}

/**
 * A collection as one tenant sees it: the entries that are its own, over all keys that hold some, newest
 * first or last. A page of the upstream that is its own throughout goes out untouched, and so does what is
 * no list.
 * @throws GatewayError INVALID_REQUEST for paging that cannot be kept, SERVICE_UNAVAILABLE where the
 *   tenant's own are too far behind those of others
 */
export async function ownList(query: string, parts: OwnListParts): Promise<UpstreamRead> {
  const { holdings } = parts;
  if (holdings?.length === 0) return answerOf(JSON_HEADERS, listBody({}, [], false));
  const [place = null, ...others] = holdings ?? [];
  if (others.length > 0) return await merged(readListQuery(query), parts);
  const first = await parts.read(place, query);
  const page = first.status === 200 ? readListPage(first.body) : null;
  if (!page) return first;
  const own = await parts.ownOf(page.items.map(({ id }) => id));
  if (page.items.every(({ id }) => own.has(id))) return first;
  return await filtered(readListQuery(query), { ...parts, holdings: holdings ?? [ANYWHERE] });
}

/** One place: its pages from where the caller is, until as many are found as were asked for. */
async function filtered(query: ListQuery, parts: OwnListParts): Promise<UpstreamRead> {
  if (query.before !== null) throw noBefore();
  return await gathered(query, parts, query.after);
}

/** Several places: from the beginning of each, because an id says nothing of where the others are. */
async function merged(query: ListQuery, parts: OwnListParts): Promise<UpstreamRead> {
  if (query.before !== null) throw noBefore();
  return await gathered(query, parts, null);
}

async function gathered(
  query: ListQuery,
  parts: OwnListParts,
  startAfter: string | null,
): Promise<UpstreamRead> {
  const budget = { pages: MAX_PAGES };
  const lanes = (parts.holdings ?? []).map(
    (holding) => new Lane(holding, { query, parts, budget, startAfter }),
  );
  await Promise.all(lanes.map(async (lane) => await lane.fill()));
  const failed = lanes.find(({ failure }) => failure)?.failure;
  if (failed) return failed;
  const found: ListItem[] = [];
  let isBehind = startAfter !== null || query.after === null;
  while (found.length <= query.limit) {
    const lane = nextLane(lanes, query.order);
    if (!lane) break;
    const item = lane.shift();
    if (item && isBehind) found.push(item);
    if (item?.id === query.after) isBehind = true;
    await lane.fill();
    if (lane.failure) return lane.failure;
  }
  const isCutShort = lanes.some((lane) => lane.isCutShort);
  if (isCutShort && found.length === 0) throw tooFar();
  const [head = {}] = lanes.map((lane) => lane.head);
  const hasMore = found.length > query.limit || isCutShort;
  const headers = lanes[0]?.headers ?? JSON_HEADERS;
  return answerOf(headers, listBody(head, found.slice(0, query.limit), hasMore));
}

interface LaneParts {
  readonly query: ListQuery;
  readonly parts: OwnListParts;
  /** Pages that may still be read, by all lanes together. */
  readonly budget: { pages: number };
  readonly startAfter: string | null;
}

/** The tenant's own entries at one place, page by page. */
class Lane {
  head: object = {};
  headers: RawHeaders = JSON_HEADERS;
  /** What the upstream said instead of a list. */
  failure: UpstreamRead | null = null;
  /** There may be more, and no more pages are read. */
  isCutShort = false;
  private items: ListItem[] = [];
  private after: string | null;
  private isOver = false;
  /** Of those that there are; unknown where the pages do not begin at the beginning. */
  private left: number;

  constructor(
    private readonly holding: Holding,
    private readonly means: LaneParts,
  ) {
    this.after = means.startAfter;
    this.left = means.startAfter === null ? holding.objects : Infinity;
  }

  /** The next entry, which stays. */
  get first(): ListItem | undefined {
    return this.items[0];
  }

  shift(): ListItem | undefined {
    return this.items.shift();
  }

  /** Has an entry ready, unless there are no more. */
  async fill(): Promise<void> {
    while (this.items.length === 0 && !this.isOver && !this.failure) {
      if (this.left <= 0) return;
      if (this.means.budget.pages === 0) {
        this.isCutShort = true;
        return;
      }
      this.means.budget.pages -= 1;
      await this.read();
    }
  }

  private async read(): Promise<void> {
    const { query, parts } = this.means;
    const place = this.holding === ANYWHERE ? null : this.holding;
    const answer = await parts.read(place, pageQuery(query, this.after));
    const page = answer.status === 200 ? readListPage(answer.body) : null;
    if (!page) {
      this.failure = answer;
      return;
    }
    const own = await parts.ownOf(page.items.map(({ id }) => id));
    this.items = page.items.filter(({ id }) => own.has(id));
    this.left -= this.items.length;
    this.begun(page, answer);
    this.isOver = !page.hasMore || page.lastId === null || page.lastId === this.after;
    this.after = page.lastId;
  }

  private begun(page: ListPage, { headers }: UpstreamRead): void {
    this.head = page.head;
    this.headers = [...headers, ...JSON_HEADERS];
  }
}

/** The lane whose next entry comes first in this order. */
function nextLane(lanes: readonly Lane[], order: 'asc' | 'desc'): Lane | undefined {
  const sign = order === 'asc' ? 1 : -1;
  return lanes
    .filter(({ first }) => first !== undefined)
    .toSorted((one, other) => sign * ((one.first?.createdAt ?? 0) - (other.first?.createdAt ?? 0)))
    .at(0);
}

const answerOf = (headers: RawHeaders, body: Buffer): UpstreamRead => ({
  status: 200,
  headers,
  body,
});

const ANYWHERE: Holding = { upstream: '', account: '', objects: Infinity };
const JSON_HEADERS: RawHeaders = ['content-type', 'application/json'];
/** Of 100 entries each. */
const MAX_PAGES = 50;

const noBefore = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    'before is not taken where a list has entries of several owners or keys; page with after, and order=asc for the other direction.',
    { param: 'before' },
  );

const tooFar = (): GatewayError =>
  new GatewayError(
    'SERVICE_UNAVAILABLE',
    `None of the ${MAX_PAGES * 100} entries that were looked at is yours; name the objects by their ids.`,
    { retryAfterSeconds: 60 },
  );
