import { GatewayError } from '@app/errors';
import { Readable } from 'node:stream';
import type { UpstreamAnswer } from '../answer-handler.js';
import type { ProxyCall } from '../proxy-call.js';
import { keepHeaders } from '../raw-headers.js';
import { readAll } from '../read-upstream.js';
import { formatOf } from './answer-format.js';
import type { UnknownObjects } from './claim-verdict.js';
import type { KnownObjects } from './known-objects.js';
import { holdsEntries, readListPage } from './list-page.js';
import { isSamePlace, type ObjectPin, type ObjectPlaces, type ReadPage } from './object-place.js';
import type { Holding, ObjectStore } from './object-store.js';
import type { OwnableAnswer } from './objects.js';
import { ownList } from './own-list.js';
import { collectionOf, isKnownList } from './path-reference.js';

export interface OwnListsParts {
  readonly store: Pick<ObjectStore, 'holdings'>;
  readonly known: KnownObjects;
  readonly unknown: UnknownObjects;
  readonly places: ObjectPlaces;
}

/** Collections of upstreams as their tenants see them. */
export class OwnLists {
  constructor(private readonly parts: OwnListsParts) {}

  /** Where to begin with a call that asks for a collection; null: anywhere, or it asks for something else. */
  async placeOf(call: ProxyCall): Promise<ObjectPin | null> {
    const collection = askedFor(call);
    const [first] = collection === null ? [] : await this.placesOf(call, collection);
    return first ? { upstream: first.upstream, account: first.account } : null;
  }

  /**
   * Of a list what is the tenant's; any other answer as it is.
   * @throws GatewayError for one that cannot be told
   */
  async shown(call: ProxyCall, answer: OwnableAnswer, read: ReadPage): Promise<UpstreamAnswer> {
    const collection = askedFor(call);
    if (collection === null) return answer;
    if (answer.status !== 200 || formatOf(answer.headers) !== 'json') {
      return this.noList(collection, answer);
    }
    const first = await readAll(answer.body, MAX_PAGE_BYTES);
    const from = { upstream: answer.upstream, account: answer.account };
    const { query } = call.target;
    const own = await ownList(
      { first, from, query },
      {
        read,
        places: await this.listPlaces(call, collection, from),
        ownOf: async (ids, place) => await this.ownOf(call, ids, place),
      },
    );
    if (own !== null) return listOf(answer, own);
    const asItCame = bytesOf(answer, first);
    const isKnown = readListPage(first) !== null || !holdsEntries(first);
    return isKnown ? asItCame : this.noList(collection, asItCame);
  }

  /** What cannot be looked through may hold anybody's. */
  private noList(collection: string, answer: UpstreamAnswer): UpstreamAnswer {
    if (this.parts.unknown === 'allow' || !isKnownList(collection)) return answer;
    answer.body.destroy();
    throw new GatewayError('UPSTREAM_ERROR', NO_LIST);
  }

  private async placesOf(call: ProxyCall, kind: string): Promise<readonly Holding[]> {
    const holdings = await this.parts.store.holdings(call.identity.tenantId, kind);
    return holdings.filter(({ upstream }) => this.parts.places.isUpstream(upstream));
  }

  /** What nobody has written down may be anywhere, as far as it is shown at all. */
  private async listPlaces(
    call: ProxyCall,
    kind: string,
    from: ObjectPin,
  ): Promise<readonly Holding[]> {
    const places = await this.placesOf(call, kind);
    if (this.parts.unknown !== 'allow') return places;
    const all = places.some((place) => isSamePlace(place, from))
      ? places
      : [...places, { ...from, objects: 0 }];
    return all.map(({ upstream, account }) => ({ upstream, account, objects: Infinity }));
  }

  private async ownOf(
    { identity }: ProxyCall,
    ids: readonly string[],
    place: ObjectPin | null,
  ): Promise<ReadonlySet<string>> {
    const known = await this.parts.known.find(ids);
    const isOwn = (id: string): boolean => {
      const object = known.get(id);
      if (!object) return this.parts.unknown === 'allow';
      return object.tenantId === identity.tenantId && (!place || isSamePlace(object, place));
    };
    return new Set(ids.filter(isOwn));
  }
}

const askedFor = ({ method, target }: ProxyCall): string | null =>
  method === 'GET' ? collectionOf(target.segments) : null;

const bytesOf = (answer: UpstreamAnswer, bytes: Buffer): UpstreamAnswer => ({
  ...answer,
  body: Readable.from([bytes], { objectMode: false }),
});

/** What the headers say of the bytes that came is not true of these. */
function listOf(answer: UpstreamAnswer, bytes: Buffer): UpstreamAnswer {
  const headers = keepHeaders(answer.headers, (name) => !OF_THE_BYTES.has(name));
  return bytesOf({ ...answer, headers }, bytes);
}

const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'digest',
  'etag',
  'last-modified',
]);

const NO_LIST =
  'The upstream answered with something else than a whole list, which cannot be shown.';

/** Of 10 000 files some 4 MB. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
