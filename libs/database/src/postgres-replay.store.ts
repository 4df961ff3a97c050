import {
  type NewReplay,
  type ReplayEnd,
  type ReplayKey,
  type ReplayRef,
  type ReplayRow,
  ReplayStore,
} from '@app/proxy';
import type { Database } from './database.js';
import {
  CLAIM_REPLAY,
  END_REPLAY,
  FIND_REPLAY,
  RELEASE_REPLAY,
  RENEW_REPLAYS,
  REPLAYS_UNDER_WAY,
} from './replays.sql.js';

export class PostgresReplayStore extends ReplayStore {
  constructor(private readonly database: Database) {
    super();
  }

  async claim(replay: NewReplay): Promise<ReplayRow | null> {
    const { tenantId, key, ticketId, fingerprint, requestId, objectKey } = replay;
    const values = [tenantId, key, ticketId, fingerprint, requestId, objectKey];
    for (;;) {
      const taken = await this.database.query(CLAIM_REPLAY, values);
      if (taken.length > 0) return null;
      const [found] = await this.database.query<FoundRow>(FIND_REPLAY, [tenantId, key]);
      if (found) return rowOf(found);
      // Released in between.
    }
  }

  async underWay(keys: readonly ReplayKey[]): Promise<readonly ReplayKey[]> {
    return await this.database.query<ReplayKey & { [column: string]: unknown }>(REPLAYS_UNDER_WAY, [
      keys.map(({ tenantId }) => tenantId),
      keys.map(({ key }) => key),
    ]);
  }

  async renew(refs: readonly ReplayRef[]): Promise<void> {
    await this.database.query(RENEW_REPLAYS, [
      refs.map(({ tenantId }) => tenantId),
      refs.map(({ key }) => key),
      refs.map(({ ticketId }) => ticketId),
    ]);
  }

  async end({ tenantId, key, ticketId }: ReplayRef, end: ReplayEnd): Promise<boolean> {
    const kept =
      end.state === 'done'
        ? [end.head.status, JSON.stringify(end.head.headers), end.bytes]
        : [null, null, null];
    const values = [tenantId, key, ticketId, end.state, ...kept];
    return (await this.database.query(END_REPLAY, values)).length > 0;
  }

  async release({ tenantId, key, ticketId }: ReplayRef): Promise<void> {
    await this.database.query(RELEASE_REPLAY, [tenantId, key, ticketId]);
  }
}

/** Only this lib writes these columns, from values of these types. */
interface FoundRow extends Pick<ReplayRow, 'fingerprint' | 'requestId' | 'objectKey' | 'state'> {
  readonly status: number | null;
  readonly headers: readonly string[] | null;
  readonly [column: string]: unknown;
}

function rowOf({ status, headers, ...row }: FoundRow): ReplayRow {
  return { ...row, head: status === null || headers === null ? null : { status, headers } };
}
