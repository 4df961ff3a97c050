import { GatewayError } from '@app/errors';
import { Readable, type Transform } from 'node:stream';
import type { UpstreamAnswer } from '../answer-handler.js';
import { isPlainBody, isPlainJson } from '../call-rules.js';
import { isEventStream, isJson } from '../media-type.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerValue, keepHeaders, type RawHeaders } from '../raw-headers.js';
import { readAll } from '../read-upstream.js';
import { AnswerIds, type MadeId } from './answer-ids.js';
import { AnswerWatch } from './answer-watch.js';
import { BodyReferences } from './body-references.js';
import { claimVerdict, type UnknownObjects } from './claim-verdict.js';
import { IdTokens } from './id-tokens.js';
import { madeBy } from './made-by.js';
import type { Holding, ObjectStore, UpstreamObject } from './object-store.js';
import type { ObjectWriter } from './object-writer.js';
import { isSamePlace, type ObjectPin, type ObjectPlaces, type ReadPage } from './object-place.js';
import { type MakingAnswer, Objects, type OwnableAnswer } from './objects.js';
import { readListPage } from './list-page.js';
import { ownList } from './own-list.js';
import { collectionOf, isKnownList, pathId, pathReferences } from './path-reference.js';
import { queryReferences } from './query-references.js';
import { isId, type Reference } from './reference.js';
import { type ReferenceScanner, UploadWatch } from './upload-watch.js';

export interface OwnedObjectsParts {
  readonly store: ObjectStore;
  readonly writer: ObjectWriter;
  readonly unknown: UnknownObjects;
  readonly places: ObjectPlaces;
}

/** Objects as the database knows them, and those of this process that it does not know yet. */
export class OwnedObjects extends Objects {
  constructor(private readonly parts: OwnedObjectsParts) {
    super();
  }

  override async claim(call: ProxyCall): Promise<ObjectPin | null> {
    refuseUnreadable(call);
    const { target, method, body } = call;
    const references = [
      ...pathReferences(method, target.segments),
      ...queryReferences(target.query),
      ...(body ? referencesIn(body.bytes) : []),
    ];
    const pin = await this.judge(call, references);
    const collection = pin === null && method === 'GET' ? collectionOf(target.segments) : null;
    if (collection === null) return pin;
    const [first] = await this.placesOf(call, collection);
    return first ? { upstream: first.upstream, account: first.account } : null;
  }

  override watchUpload(call: ProxyCall, pin: ObjectPin | null): Transform | null {
    if (!call.hasBody || call.body) return null;
    return new UploadWatch(scannerFor(call.headers), async (references) => {
      const found = await this.judge(call, references);
      if (found && pin && !isSamePlace(found, pin)) throw elsewhere();
    });
  }

  override async ownAnswer(
    call: ProxyCall,
    answer: OwnableAnswer,
    read: ReadPage,
  ): Promise<UpstreamAnswer> {
    await this.forgetDeleted(call, answer);
    if (!isSuccess(answer)) return answer;
    await this.keepLocated(call, answer);
    const collection = call.method === 'GET' ? collectionOf(call.target.segments) : null;
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
    return readListPage(first) ? asItCame : this.noList(collection, asItCame);
  }

  /** What cannot be looked through may hold anybody's. */
  private noList(collection: string, answer: UpstreamAnswer): UpstreamAnswer {
    if (this.parts.unknown === 'allow' || !isKnownList(collection)) return answer;
    answer.body.destroy();
    throw new GatewayError('UPSTREAM_ERROR', NO_LIST);
  }

  override watchAnswer(call: ProxyCall, answer: MakingAnswer): Transform | null {
    const made = isSuccess(answer) ? madeBy(call) : null;
    const format = made && formatOf(answer.headers);
    if (!made || !format) return null;
    const ids = new AnswerIds(made, format);
    return new AnswerWatch(ids, async (found) => await this.keep(call, answer, found));
  }

  /** Where an object's only name is that of its address (`POST /v1/realtime/calls`). */
  private async keepLocated(call: ProxyCall, answer: MakingAnswer): Promise<void> {
    const kind = madeBy(call)?.['id'];
    const address = headerValue(answer.headers, 'location')?.split(/[?#]/, 1)[0];
    const id = address?.split('/').at(-1);
    if (kind !== undefined && id) await this.keep(call, answer, [{ id, kind }]);
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
    if (this.parts.unknown === 'refuse') return places;
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
    const known = await this.look(ids);
    const isOwn = (id: string): boolean => {
      const object = known.get(id);
      if (!object) return this.parts.unknown === 'allow';
      return object.tenantId === identity.tenantId && (!place || isSamePlace(object, place));
    };
    return new Set(ids.filter(isOwn));
  }

  private async keep(
    { identity }: ProxyCall,
    { upstream, account }: ObjectPin,
    ids: readonly MadeId[],
  ): Promise<void> {
    const [tenantId, createdAt] = [identity.tenantId, new Date()];
    const rows = ids
      .filter(({ id }) => isId(id))
      .map(({ id, kind }) => ({ id, kind, tenantId, upstream, account, createdAt }));
    if (rows.length > 0) await this.parts.writer.write(rows);
  }

  private async forgetDeleted(call: ProxyCall, { status }: MakingAnswer): Promise<void> {
    if (call.method !== 'DELETE' || (status !== 404 && !isSuccess({ status }))) return;
    const path = pathId(call.method, call.target.segments);
    // A row that stays leads to an object that the upstream does not have: it will say so.
    if (path?.isLast) await this.parts.store.forget([path.id]).catch(() => undefined);
  }

  private async judge(
    { identity }: ProxyCall,
    references: readonly Reference[],
  ): Promise<ObjectPin | null> {
    if (references.length === 0) return null;
    const known = await this.look(references.map(({ id }) => id));
    const { unknown, places } = this.parts;
    return claimVerdict(references, { tenantId: identity.tenantId, unknown, known, places });
  }

  private async look(named: readonly string[]): Promise<ReadonlyMap<string, UpstreamObject>> {
    const { store, writer } = this.parts;
    const ids = [...new Set(named)].filter(isId);
    if (ids.length > MAX_OBJECTS) throw tooMany();
    const mine = ids.map((id) => writer.find(id)).filter((object) => object !== undefined);
    const known = new Map(mine.map((object) => [object.id, object]));
    const asked = ids.filter((id) => !known.has(id));
    if (asked.length === 0) return known;
    for (const object of await store.find(asked)) known.set(object.id, object);
    return known;
  }
}

function referencesIn(bytes: Buffer): readonly Reference[] {
  const scanner = new BodyReferences();
  scanner.write(bytes);
  return scanner.take();
}

/** JSON is read; of anything else the words are looked up. */
function scannerFor(headers: RawHeaders): ReferenceScanner {
  if (isPlainJson(headers)) return new BodyReferences();
  let found: Reference[] = [];
  const tokens = new IdTokens((id) => found.push({ id, how: 'possible', param: 'body' }));
  return {
    write: (bytes) => tokens.write(bytes),
    end: () => tokens.end(),
    take: () => {
      const taken = found;
      found = [];
      return taken;
    },
  };
}

/** A body that cannot be looked through could name anybody's objects. */
function refuseUnreadable({ headers, hasBody, body }: ProxyCall): void {
  if (!hasBody || body) return;
  if (!isPlainBody(headers)) throw unreadable('Send it without content-encoding.');
  if (isJson(headerValue(headers, 'content-type')) && !isPlainJson(headers)) {
    throw unreadable('Send JSON as one "content-type: application/json", in UTF-8.');
  }
}

const isSuccess = ({ status }: { readonly status: number }): boolean =>
  status >= 200 && status <= 299;

const bytesOf = ({ status, headers }: UpstreamAnswer, bytes: Buffer): UpstreamAnswer => ({
  status,
  headers,
  body: Readable.from([bytes], { objectMode: false }),
});

/** What the headers say of the bytes that came is not true of these. */
function listOf({ status, headers }: UpstreamAnswer, bytes: Buffer): UpstreamAnswer {
  const kept = keepHeaders(headers, (name) => !OF_THE_BYTES.has(name));
  return bytesOf({ status, headers: kept, body: Readable.from([]) }, bytes);
}

const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'digest',
  'etag',
  'last-modified',
]);

/** An answer that the upstream encodes though asked not to cannot be read. */
function formatOf(headers: RawHeaders): 'json' | 'events' | null {
  const type = headerValue(headers, 'content-type');
  if (!isPlainBody(headers)) return null;
  if (isEventStream(type)) return 'events';
  return isJson(type) ? 'json' : null;
}

const unreadable = (instead: string): GatewayError =>
  new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The body must be readable, because it may name objects at the upstream. ${instead}`,
  );

const elsewhere = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    'The body names an object that was made with another key of the upstream than what the path names.',
  );

const tooMany = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    `The request names more than ${MAX_OBJECTS} objects; at most so many are taken.`,
  );

const NO_LIST =
  'The upstream answered with something else than a whole list, which cannot be shown.';

const MAX_OBJECTS = 10_000;
/** Of 10 000 files some 4 MB. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
