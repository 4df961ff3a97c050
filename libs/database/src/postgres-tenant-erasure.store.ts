import {
  type ErasureAnswer,
  type ErasurePass,
  type ErasureState,
  TenantErasureStore,
} from '@app/tenants';
import type { Database } from './database.js';
import {
  BEGIN_ERASURE,
  DROP_DELIVERIES,
  DROP_IDEMPOTENCY_KEYS,
  DROP_THE_REST,
  DROP_UPSTREAM_OBJECTS,
  ERASING,
  ERASURE_STATE,
  FINISH_ERASURE,
  SCRUB_AUDIT,
  SCRUB_TASKS,
  UNFINISHED_TASKS,
} from './tenant-erasure.sql.js';
import { MOVE_EPOCH } from './tenants.sql.js';

export class PostgresTenantErasureStore extends TenantErasureStore {
  constructor(
    private readonly database: Database,
    /** How long after the beginning a process may still work for the tenant's callers. */
    private readonly settleMs = SETTLE_MS,
  ) {
    super();
  }

  async begin(tenantId: string): Promise<ErasureAnswer> {
    return await this.database.transaction(async (client) => {
      await client.query(BEGIN_ERASURE.lockKeys);
      const { rows } = await client.query<{ erasing: boolean; internal: boolean }>(
        BEGIN_ERASURE.find,
        [tenantId],
      );
      const [tenant] = rows;
      if (!tenant) return 'unknown';
      if (tenant.erasing) return 'erasing';
      if (tenant.internal) return 'internal';
      for (const change of ['tenant', 'keys', 'secrets'] as const) {
        await client.query(BEGIN_ERASURE[change], [tenantId]);
      }
      await client.query(MOVE_EPOCH);
      return 'erasing';
    });
  }

  async state(tenantId: string): Promise<ErasureState> {
    const [row] = await this.database.query<ErasureState & { [column: string]: unknown }>(
      ERASURE_STATE,
      [tenantId],
    );
    return row ?? { erasing: false, erasedAt: null };
  }

  async erasing(limit: number): Promise<readonly string[]> {
    return await this.ids(ERASING, [limit]);
  }

  async unfinishedTasks(tenantId: string, limit: number): Promise<readonly string[]> {
    return await this.ids(UNFINISHED_TASKS, [tenantId, limit]);
  }

  async scrub(tenantId: string, pass: ErasurePass | null): Promise<ErasurePass | null> {
    const { task, auditRow } = pass ?? FROM_THE_BEGINNING;
    const tasks = await this.ids(SCRUB_TASKS, [tenantId, task, TASKS]);
    const [time = '', id = ''] = auditRow.split('/');
    const audit = await this.database.query<{ id: string; time: Date }>(SCRUB_AUDIT, [
      tenantId,
      time,
      id,
      ROWS,
    ]);
    const deliveries = await this.database.query(DROP_DELIVERIES, [tenantId, ROWS]);
    const keys = await this.database.query(DROP_IDEMPOTENCY_KEYS, [tenantId, ROWS]);
    const objects = await this.database.query(DROP_UPSTREAM_OBJECTS, [tenantId, ROWS]);
    for (const statement of DROP_THE_REST) await this.database.query(statement, [tenantId]);
    const isFull = [audit, deliveries, keys, objects].some(({ length }) => length === ROWS);
    if (!isFull && tasks.length < TASKS) return null;
    const last = audit.at(-1);
    return {
      task: tasks.at(-1) ?? task,
      auditRow: last ? `${last.time.toISOString()}/${last.id}` : auditRow,
    };
  }

  async finish(tenantId: string): Promise<boolean> {
    return (await this.ids(FINISH_ERASURE, [tenantId, this.settleMs])).length > 0;
  }

  private async ids(text: string, values: readonly unknown[]): Promise<readonly string[]> {
    return (await this.database.query<{ id: string }>(text, values)).map(({ id }) => id);
  }
}

const FROM_THE_BEGINNING: ErasurePass = { task: '', auditRow: '1970-01-01T00:00:00.000Z/' };
/** Each has rows in four other tables. */
const TASKS = 200;
const ROWS = 1_000;
/** Keys are forgotten within 2 s, and audit rows written soon after; generous. */
const SETTLE_MS = 30_000;
