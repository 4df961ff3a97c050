import { GatewayError } from '@app/errors';
import type { Transform } from 'node:stream';
import type { UpstreamAnswer } from '../answer-handler.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerValue } from '../raw-headers.js';
import { formatOf } from './answer-format.js';
import { AnswerIds, type MadeId } from './answer-ids.js';
import { AnswerWatch } from './answer-watch.js';
import { BodyReferences } from './body-references.js';
import { claimVerdict, type UnknownObjects } from './claim-verdict.js';
import { KnownObjects } from './known-objects.js';
import { madeBy } from './made-by.js';
import { isApart, type ObjectPin, type ObjectPlaces, type ReadPage } from './object-place.js';
import type { ObjectStore } from './object-store.js';
import type { ObjectWriter } from './object-writer.js';
import { type MakingAnswer, Objects, type OwnableAnswer } from './objects.js';
import { OwnLists } from './own-lists.js';
import { pathId, pathReferences } from './path-reference.js';
import { queryReferences } from './query-references.js';
import { isId, type Reference } from './reference.js';
import { refuseUnreadable, scannerFor } from './upload-scanner.js';
import { UploadWatch } from './upload-watch.js';

export interface OwnedObjectsParts {
  readonly store: ObjectStore;
  readonly writer: ObjectWriter;
  readonly unknown: UnknownObjects;
  readonly places: ObjectPlaces;
}

/** Whose objects are, as it was written down when they were made. */
export class OwnedObjects extends Objects {
  private readonly known: KnownObjects;
  private readonly lists: OwnLists;

  constructor(private readonly parts: OwnedObjectsParts) {
    super();
    const known = new KnownObjects(parts);
    this.known = known;
    this.lists = new OwnLists({ ...parts, known });
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
    return pin ?? (await this.lists.placeOf(call));
  }

  override watchUpload(call: ProxyCall, pin: ObjectPin | null): Transform | null {
    if (!call.hasBody || call.body) return null;
    return new UploadWatch(scannerFor(call.headers), async (references) => {
      const found = await this.judge(call, references);
      if (found && pin && isApart(found, pin, this.parts.places)) throw elsewhere();
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
    return await this.lists.shown(call, answer, read);
  }

  override watchAnswer(call: ProxyCall, answer: MakingAnswer): Transform | null {
    const made = isSuccess(answer) ? madeBy(call) : null;
    const format = made && formatOf(answer.headers);
    if (!made || !format) return null;
    const ids = new AnswerIds(made, format);
    // Not the call itself, whose body may be large: what was asked on a WebSocket waits long for its answer.
    const { identity } = call;
    return new AnswerWatch(ids, async (found) => await this.keep({ identity }, answer, found));
  }

  /** Where an object's only name is that of its address (`POST /v1/realtime/calls`). */
  private async keepLocated(call: ProxyCall, answer: MakingAnswer): Promise<void> {
    const kind = madeBy(call)?.['id'];
    const address = headerValue(answer.headers, 'location')?.split(/[?#]/, 1)[0];
    const id = address?.split('/').at(-1);
    if (kind !== undefined && id) await this.keep(call, answer, [{ id, kind }]);
  }

  private async keep(
    { identity }: Pick<ProxyCall, 'identity'>,
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
    const known = await this.known.find(references.map(({ id }) => id));
    const { unknown, places } = this.parts;
    return claimVerdict(references, { tenantId: identity.tenantId, unknown, known, places });
  }
}

function referencesIn(bytes: Buffer): readonly Reference[] {
  const scanner = new BodyReferences();
  scanner.write(bytes);
  return scanner.take();
}

const isSuccess = ({ status }: { readonly status: number }): boolean =>
  status >= 200 && status <= 299;

const elsewhere = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    'The body names an object that was made with another key of the upstream than what the path names.',
  );
