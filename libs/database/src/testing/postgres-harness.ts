import { randomUUID } from 'node:crypto';
import type { Delivery } from '@app/callbacks';
import type { Ring } from '@app/tasks';
import type { DueWorkHarness } from '@app/tasks/testing';
import { newTenant, type TransferKind } from '@app/tenants';
import type { Database } from '../database.js';
import { PostgresDeliveryStore } from '../postgres-delivery.store.js';
import { PostgresDueWork } from '../postgres-due-work.js';
import { PostgresTaskStore } from '../postgres-task.store.js';
import { PostgresTenantStore } from '../postgres-tenant.store.js';

/** A tenant's row, made for one test. */
export async function makeTenant(database: Database): Promise<string> {
  const tenant = newTenant(`tenant-${randomUUID()}`, new Date());
  await new PostgresTenantStore(database).createTenant(tenant);
  return tenant.id;
}

/** The stores with a look at the rows that no port shows. */
export function postgresHarness(database: Database): DueWorkHarness {
  const deliveries = new PostgresDeliveryStore(database);
  return {
    store: new PostgresTaskStore(database),
    work: new PostgresDueWork(database),
    makeTenant: async () => await makeTenant(database),
    deliveriesOf: async (taskId): Promise<readonly Delivery[]> =>
      await deliveries.findForTask(taskId),
    transfersOf: async (taskId) => {
      const rows = await database.query<{
        kind: TransferKind;
        amount: string | null;
        key_id: string | null;
      }>(
        'SELECT kind, amount_nano_usd::text AS amount, key_id FROM ledger WHERE subject = $1 ORDER BY id',
        [taskId],
      );
      return rows.map(({ kind, amount, key_id: keyId }) => {
        return { kind, keyId, amountNanoUsd: amount === null ? null : Number(amount) };
      });
    },
    rings: async () =>
      await database.query<Ring & { [column: string]: unknown }>(
        'SELECT step, subject, ring, due_at AS "dueAt" FROM outbox ORDER BY id',
        [],
      ),
  };
}
