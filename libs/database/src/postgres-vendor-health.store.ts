import {
  type AccountHealth,
  type AccountTrouble,
  type Breaker,
  type EndedTroubles,
  troubleName,
  type TroubleSubject,
  VendorHealthStore,
} from '@app/tasks';
import type { Database } from './database.js';
import {
  accountSubject,
  modelSubject,
  readSubject,
  troubleSubject,
} from './vendor-health-subject.js';

export class PostgresVendorHealthStore extends VendorHealthStore {
  constructor(private readonly database: Database) {
    super();
  }

  async changeBreaker(
    provider: string,
    model: string,
    next: (now: Breaker | null) => Breaker | null,
  ): Promise<void> {
    await this.change(provider, modelSubject(provider, model), next);
  }

  async changeAccount(
    provider: string,
    account: string,
    next: (now: AccountHealth | null) => AccountHealth | null,
  ): Promise<void> {
    await this.change(provider, accountSubject(account), next);
  }

  async changeTrouble(
    provider: string,
    { account, model }: TroubleSubject,
    next: (now: AccountTrouble | null) => AccountTrouble,
  ): Promise<void> {
    await this.change(provider, troubleSubject(troubleName(account, model)), next);
  }

  async troublesOf(provider: string): Promise<ReadonlyMap<string, AccountTrouble>> {
    const rows = await this.database.query<{ subject: string; state: AccountTrouble }>(
      'SELECT subject, state FROM vendor_health WHERE provider = $1',
      [provider],
    );
    return new Map(
      rows.flatMap(({ subject, state }) => {
        const { kind, name } = readSubject(provider, subject);
        return kind === 'trouble' ? [[name, state] as const] : [];
      }),
    );
  }

  async endTroubles(
    provider: string,
    names: readonly string[],
    nowMs: number,
  ): Promise<EndedTroubles> {
    const rows = await this.database.query<{ subject: string; ended: boolean }>(END_TROUBLES, [
      names.map(troubleSubject),
      nowMs,
    ]);
    const namesOf = (hasEnded: boolean): readonly string[] =>
      rows.flatMap(({ subject, ended }) =>
        ended === hasEnded ? [readSubject(provider, subject).name] : [],
      );
    return { ended: namesOf(true), left: namesOf(false) };
  }

  /** The lock is the subject's name, because at first there is no row. */
  private async change<State>(
    provider: string,
    subject: string,
    next: (now: State | null) => State | null,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('health:' || $1, 0))`, [
        subject,
      ]);
      const { rows } = await client.query<{ state: State }>(
        'SELECT state FROM vendor_health WHERE subject = $1 FOR UPDATE',
        [subject],
      );
      const now = rows[0]?.state ?? null;
      const changed = next(now);
      if (changed === null || changed === now) return;
      await client.query(
        `INSERT INTO vendor_health (subject, provider, state, changed_at) VALUES ($1, $2, $3::jsonb, now())
         ON CONFLICT (subject) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at`,
        [subject, provider, JSON.stringify(changed)],
      );
    });
  }
}

/** `$1`: subjects, `$2`: now, Unix milliseconds; `mayBeOver` in SQL. What is deleted is still seen beside it. */
const END_TROUBLES = `
WITH ended AS (
  DELETE FROM vendor_health WHERE subject = ANY($1::text[])
    AND (state ? 'probing' OR (state ->> 'probeAt')::float8 <= $2) RETURNING subject
)
SELECT subject, subject IN (SELECT subject FROM ended) AS ended FROM vendor_health WHERE subject = ANY($1::text[])`;
