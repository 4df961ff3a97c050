import {
  type AdminAction,
  type AdminActionPage,
  AdminActionStore,
  chain,
  type ChainedAction,
  type ChainHead,
} from '@app/tenants';
import type { Database } from './database.js';

export class PostgresAdminActionStore extends AdminActionStore {
  constructor(private readonly database: Database) {
    super();
  }

  async append(action: AdminAction): Promise<ChainedAction> {
    return await this.database.transaction(async (client) => {
      const { rows } = await client.query<HeadRow>(`${HEAD} FOR UPDATE`);
      const row = chain(action, toHead(rows[0]));
      await client.query(APPEND, [
        row.seq,
        row.at,
        row.actor,
        row.role,
        row.method,
        row.path,
        row.requestId,
        row.kind,
        row.status,
        JSON.stringify(row.details),
        row.prevHash,
        row.hash,
      ]);
      return row;
    });
  }

  async list(before: number | null, limit: number): Promise<AdminActionPage> {
    const rows = await this.database.query<ActionRow>(
      `${ROWS} WHERE ($1::bigint IS NULL OR seq < $1) ORDER BY seq DESC LIMIT $2`,
      [before, limit + 1],
    );
    const actions = rows.slice(0, limit).map(toAction);
    return { actions, before: rows.length > limit ? (actions.at(-1)?.seq ?? null) : null };
  }

  /**
   * What is noted as the last row, and which one there is (0: none), in one snapshot: a row and its
   * head are committed together, so they differ only where somebody wrote past us.
   */
  async extent(): Promise<{ readonly head: ChainHead; readonly lastSeq: number }> {
    const rows = await this.database.query<HeadRow & { readonly last: string | null }>(
      'SELECT seq, hash, (SELECT max(seq) FROM admin_actions) AS last FROM admin_actions_head WHERE id = 1',
      [],
    );
    return { head: toHead(rows[0]), lastSeq: Number(rows[0]?.last ?? 0) };
  }

  /** Every row up to `upTo` in the order of the chain, page by page: memory does not grow with it. */
  async *walk(upTo: number): AsyncGenerator<ChainedAction> {
    for (let after: number | null = null; ;) {
      const rows: ActionRow[] = await this.database.query<ActionRow>(
        `${ROWS} WHERE ($1::bigint IS NULL OR seq > $1) AND seq <= $2 ORDER BY seq LIMIT ${PAGE}`,
        [after, upTo],
      );
      for (const row of rows) yield toAction(row);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = Number(last.seq);
    }
  }
}

const PAGE = 1_000;

const HEAD = 'SELECT seq, hash FROM admin_actions_head WHERE id = 1';

const ROWS = `SELECT seq, at, actor, role, method, path, request_id AS "requestId", kind, status, details,
  prev_hash AS "prevHash", hash FROM admin_actions`;

/** The row and the head in one statement: neither is without the other. */
const APPEND = `WITH head AS (UPDATE admin_actions_head SET seq = $1, hash = $12 WHERE id = 1)
  INSERT INTO admin_actions (seq, at, actor, role, method, path, request_id, kind, status, details, prev_hash, hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12)`;

interface HeadRow {
  readonly seq: string;
  readonly hash: Buffer;
}

/** `bigint` comes as text; a chain has less than 2^53 rows. */
type ActionRow = Omit<ChainedAction, 'seq'> & { readonly seq: string };

const toAction = (row: ActionRow): ChainedAction => ({ ...row, seq: Number(row.seq) });

function toHead(row: HeadRow | undefined): ChainHead {
  if (!row) throw new Error('The head of admin_actions is missing; run the migrations.');
  return { seq: Number(row.seq), hash: row.hash };
}
