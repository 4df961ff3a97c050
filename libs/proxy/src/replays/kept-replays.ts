import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream';
import type { Keyring } from '@app/tenants';
import type { ProxyCall } from '../proxy-call.js';
import { fingerprintOf, idempotencyKey } from './asked.js';
import { KeptAnswer, type ReplayObjects } from './kept-answer.js';
import { OpenTickets } from './open-tickets.js';
import { OpenRecords, SealRecords } from './sealed-records.js';
import { KeptTicket } from './kept-ticket.js';
import { MAX_KEPT_BYTES, otherRequest, outcomeUnknown, stillUnderWay } from './replay-refusals.js';
import type { NewReplay, ReplayRow, ReplayStore } from './replay.store.js';
import { ReplayWatch } from './replay-watch.js';
import { Replays, type ReplayStart, type StoredAnswer } from './replays.js';

export interface KeptReplaysParts {
  readonly store: ReplayStore;
  readonly objects: ReplayObjects;
  readonly keyring: Keyring;
  /** Told of what is tried again, or of an answer that cannot be kept or read. */
  readonly onError: (error: unknown) => void;
  /** How long a call waits for the first one with its key. */
  readonly waitMs?: number;
  readonly maxKeptBytes?: number;
}

const WAIT_MS = 10_000;
/** Of a store that takes nothing more, towards the caller. */
const PATIENCE_MS = 5_000;

/** First answers in rows and, sealed, in the output store. */
export class KeptReplays extends Replays {
  private readonly tickets: OpenTickets;
  private readonly watch: ReplayWatch;

  constructor(private readonly parts: KeptReplaysParts) {
    super();
    this.tickets = new OpenTickets(parts.store, { onError: parts.onError });
    this.watch = new ReplayWatch(parts.store);
  }

  override async begin(call: ProxyCall, signal: AbortSignal): Promise<ReplayStart | null> {
    const key = idempotencyKey(call);
    if (key === null) return null;
    const until = performance.now() + (this.parts.waitMs ?? WAIT_MS);
    const asked = newReplay(call, key);
    for (;;) {
      const found = await this.claim(asked);
      if (!found) return await this.first(asked, signal);
      if (!found.fingerprint.equals(asked.fingerprint)) throw otherRequest();
      if (found.state !== 'processing') return { kind: 'again', answer: await this.kept(found) };
      const ms = until - performance.now();
      if (!(await this.watch.ended(asked, { ms, signal }))) throw stillUnderWay(found);
    }
  }

  /** When no call holds a key: also none whose caller has left, and whose answer is still awaited. */
  async settled(): Promise<void> {
    await this.tickets.settled();
  }

  /** Waits until it is written how the calls ended that hold keys; they must be over. */
  async close(timeoutMs: number): Promise<void> {
    await this.tickets.close(timeoutMs);
  }

  /**
   * Where only the reply was lost the key would be held for nothing, and in the end taken for unknown. One
   * attempt: with Postgres away there is nothing to release.
   */
  private async claim(asked: NewReplay): Promise<ReplayRow | null> {
    const { store } = this.parts;
    try {
      return await store.claim(asked);
    } catch (error) {
      store.release(asked).catch(() => undefined);
      throw error;
    }
  }

  private async first(asked: NewReplay, signal: AbortSignal): Promise<ReplayStart> {
    const { store, objects, keyring, onError, maxKeptBytes = MAX_KEPT_BYTES } = this.parts;
    const ticket = new KeptTicket({
      ref: asked,
      store,
      tickets: this.tickets,
      maxBytes: maxKeptBytes,
      keepAnswer: () =>
        new KeptAnswer({
          objects,
          objectKey: asked.objectKey,
          seal: new SealRecords(keyring, placeOf(asked)),
          maxBytes: maxKeptBytes,
          patienceMs: PATIENCE_MS,
          onError,
        }),
    });
    if (!signal.aborted) return { kind: 'first', ticket };
    await ticket.release();
    throw signal.reason;
  }

  private async kept(row: ReplayRow): Promise<StoredAnswer> {
    const { state, head } = row;
    if (state === 'processing') throw stillUnderWay(row);
    if (state !== 'done') throw outcomeUnknown(row, state);
    const found = await this.parts.objects.open(row.objectKey).catch((error: unknown) => {
      this.parts.onError(error);
      throw outcomeUnknown(row, 'gone', error);
    });
    if (!found || !head) throw outcomeUnknown(row, 'gone');
    const body = new OpenRecords(this.parts.keyring, placeOf(row));
    // Whoever reads it finds it broken (`errored`), also when it breaks before.
    body.on('error', this.parts.onError);
    // A reader who leaves closes the store's side, which is no error.
    pipeline(found.body, body, () => undefined);
    return { ...head, body };
  }
}

const newReplay = (call: ProxyCall, key: string): NewReplay => {
  const ticketId = randomUUID();
  return {
    tenantId: call.identity.tenantId,
    key,
    ticketId,
    fingerprint: fingerprintOf(call),
    requestId: call.requestId,
    objectKey: `replays/${ticketId}`,
  };
};

/** The object's own name: a row cannot be made to answer with another row's. */
const placeOf = ({ objectKey }: { readonly objectKey: string }) => ({
  purpose: 'replay',
  rowId: objectKey,
});
