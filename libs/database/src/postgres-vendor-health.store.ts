import { type AccountHealth, type Breaker, VendorHealthStore } from '@app/tasks';
import type { Database } from './database.js';
import { accountSubject, modelSubject } from './vendor-health-subject.js';

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
