import { GatewayError } from '@app/errors';
import type { Transform } from 'node:stream';
import { isPlainBody, isPlainJson } from '../call-rules.js';
import { isEventStream, isJson } from '../media-type.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerValue, type RawHeaders } from '../raw-headers.js';
import { AnswerIds, type MadeId } from './answer-ids.js';
import { AnswerWatch } from './answer-watch.js';
import { BodyReferences } from './body-references.js';
import { claimVerdict, type UnknownObjects } from './claim-verdict.js';
import { IdTokens } from './id-tokens.js';
import { madeBy } from './made-by.js';
import type { ObjectStore, UpstreamObject } from './object-store.js';
import type { ObjectWriter } from './object-writer.js';
import { type MakingAnswer, type ObjectPin, Objects } from './objects.js';
import { pathId } from './path-reference.js';
import { queryReferences } from './query-references.js';
import { isId, type Reference } from './reference.js';
import { type ReferenceScanner, UploadWatch } from './upload-watch.js';

export interface OwnedObjectsParts {
  readonly store: ObjectStore;
  readonly writer: ObjectWriter;
  readonly unknown: UnknownObjects;
}

/** Objects as the database knows them, and those of this process that it does not know yet. */
export class OwnedObjects extends Objects {
  constructor(private readonly parts: OwnedObjectsParts) {
    super();
  }

  override async claim(call: ProxyCall): Promise<ObjectPin | null> {
    refuseUnreadable(call);
    const { target, method, body } = call;
    const path = pathId(method, target.segments);
    const references: Reference[] = path ? [{ id: path.id, how: 'certain', param: 'id' }] : [];
    references.push(...queryReferences(target.query));
    if (body) references.push(...referencesIn(body.bytes));
    return await this.judge(call, references);
  }

  override watchUpload(call: ProxyCall, pin: ObjectPin | null): Transform | null {
    if (!call.hasBody || call.body) return null;
    return new UploadWatch(scannerFor(call.headers), async (references) => {
      const found = await this.judge(call, references);
      if (found && pin && (found.upstream !== pin.upstream || found.account !== pin.account)) {
        throw elsewhere();
      }
    });
  }

  override async watchAnswer(call: ProxyCall, answer: MakingAnswer): Promise<Transform | null> {
    await this.forgetDeleted(call, answer);
    if (answer.status < 200 || answer.status > 299) return null;
    const made = madeBy(call);
    if (!made) return null;
    const keep = async (ids: readonly MadeId[]): Promise<void> =>
      await this.keep(call, answer, ids);
    await this.keepLocated(answer, made['id'], keep);
    const format = formatOf(answer.headers);
    return format && new AnswerWatch(new AnswerIds(made, format), keep);
  }

  /** Where an object's only name is that of its address (`POST /v1/realtime/calls`). */
  private async keepLocated(
    { headers }: MakingAnswer,
    kind: string | undefined,
    keep: (ids: readonly MadeId[]) => Promise<void>,
  ): Promise<void> {
    const id = headerValue(headers, 'location')?.split(/[?#]/, 1)[0]?.split('/').at(-1);
    if (kind !== undefined && id !== undefined && id !== '') await keep([{ id, kind }]);
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
    if (call.method !== 'DELETE' || (status !== 404 && (status < 200 || status > 299))) return;
    const path = pathId(call.method, call.target.segments);
    // A row that stays leads to an object that the upstream does not have: it will say so.
    if (path?.isLast) await this.parts.store.forget([path.id]).catch(() => undefined);
  }

  private async judge(
    { identity }: ProxyCall,
    references: readonly Reference[],
  ): Promise<ObjectPin | null> {
    if (references.length === 0) return null;
    const known = await this.look(references);
    const { unknown } = this.parts;
    return claimVerdict(references, { tenantId: identity.tenantId, unknown, known });
  }

  private async look(
    references: readonly Reference[],
  ): Promise<ReadonlyMap<string, UpstreamObject>> {
    const { store, writer } = this.parts;
    const ids = [...new Set(references.map(({ id }) => id))].filter(isId);
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

const MAX_OBJECTS = 10_000;
