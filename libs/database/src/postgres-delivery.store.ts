import {
  type AttemptTrigger,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryFilter,
  type DeliveryPage,
  DeliveryStore,
  type DeliverySummary,
  type ReceiverHealth,
  type ReceiverKey,
  type ReceiverReport,
  NEW_RECEIVER,
} from '@app/callbacks';
import type { Database } from './database.js';
import {
  ADD_TEST,
  ATTEMPTS_OF,
  ATTEMPTS_OF_TASK,
  countRedeliverableStatement,
  DISABLE_RECEIVER,
  DROP_TESTS,
  ENABLE_RECEIVER,
  FIND,
  HOLD_TENANT,
  listStatement,
  OF_TASK,
  RECEIVERS,
  redeliverStatement,
} from './deliveries.sql.js';
import { retryDeadlocks } from './retry-deadlocks.js';
import { refuseTooWide } from './too-wide.js';

/** So many rows are locked at once while workers want to claim and record them. */
const BATCH = 1_000;

export class PostgresDeliveryStore extends DeliveryStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async findForTask(taskId: string): Promise<readonly Delivery[]> {
    const rows = await this.database.query<DeliveryRow>(OF_TASK, [taskId]);
    return rows.map(toDelivery);
  }

  override async attemptsOf(taskId: string): Promise<readonly DeliveryAttempt[]> {
    const rows = await this.database.query<AttemptRow>(ATTEMPTS_OF_TASK, [taskId]);
    return rows.map(toAttempt);
  }

  override async find(tenantId: string | null, deliveryId: string) {
    const [[row], attempts] = await Promise.all([
      this.database.query<DeliveryRow>(FIND, [tenantId, deliveryId]),
      this.database.query<AttemptRow>(ATTEMPTS_OF, [deliveryId]),
    ]);
    return row ? { delivery: toDelivery(row), attempts: attempts.map(toAttempt) } : null;
  }

  override async list(
    filter: DeliveryFilter,
    { limit, ...after }: { readonly after?: string; readonly limit: number },
  ): Promise<DeliveryPage> {
    // One more tells whether that was all.
    const { text, values } = listStatement(filter, { ...after, limit: limit + 1 });
    const rows = await refuseTooWide(
      async () => await this.database.query<SummaryRow>(text, values),
    );
    const deliveries = rows.slice(0, limit).map(toDelivery);
    const next = rows.length > limit ? (deliveries.at(-1)?.id ?? null) : null;
    return { deliveries, next };
  }

  override async countRedeliverable(filter: DeliveryFilter, most: number): Promise<number> {
    const { text, values } = countRedeliverableStatement(filter, most);
    const [row] = await refuseTooWide(
      async () => await this.database.query<{ found: number }>(text, values),
    );
    return row?.found ?? 0;
  }

  override async redeliver(
    filter: DeliveryFilter & { readonly deliveryId?: string },
    trigger: Exclude<AttemptTrigger, 'auto'>,
    limit: number,
  ): Promise<readonly string[]> {
    const asked: string[] = [];
    while (asked.length < limit) {
      const size = Math.min(BATCH, limit - asked.length);
      const after = asked.at(-1) ?? null;
      const { text, values } = redeliverStatement({ filter, trigger, after, size });
      const ask = async () => await this.database.query<{ id: string }>(text, values);
      const rows = await refuseTooWide(async () => await retryDeadlocks(ask));
      asked.push(...rows.map(({ id }) => id).toSorted());
      if (rows.length < size) break;
    }
    return asked;
  }

  override async addTest(delivery: Delivery, mostUnfinished: number): Promise<boolean> {
    return await this.database.transaction(async (client) => {
      await client.query(HOLD_TENANT, [delivery.tenantId]);
      const added = await client.query(ADD_TEST, [JSON.stringify(delivery), mostUnfinished]);
      await client.query(DROP_TESTS, [delivery.tenantId]);
      return added.rows.length > 0;
    });
  }

  override async receivers({
    tenantId = null,
    origin = null,
    failing,
    limit,
  }: {
    readonly tenantId?: string | null;
    readonly origin?: string | null;
    readonly failing: boolean;
    readonly limit: number;
  }): Promise<readonly ReceiverReport[]> {
    const rows = await this.database.query<ReceiverRow>(RECEIVERS, [
      tenantId,
      origin,
      failing,
      limit,
    ]);
    return rows.map((row) => ({ ...row, health: { ...NEW_RECEIVER, ...row.health } }));
  }

  override async setReceiverDisabled(
    { tenantId, origin }: ReceiverKey,
    disabled: boolean,
  ): Promise<boolean> {
    const statement = disabled ? DISABLE_RECEIVER : ENABLE_RECEIVER;
    return (await this.database.query(statement, [tenantId, origin])).length > 0;
  }
}

/** True of what is read: only this lib writes these columns, and constraints hold states and events. */
type SummaryRow = DeliverySummary & Record<string, unknown>;
type DeliveryRow = Delivery & Record<string, unknown>;
type AttemptRow = Omit<DeliveryAttempt, 'phases'> &
  DeliveryAttempt['phases'] &
  Record<string, unknown>;
interface ReceiverRow extends ReceiverKey {
  readonly [column: string]: unknown;
  readonly health: Partial<ReceiverHealth>;
  readonly waiting: number;
}

const toDelivery = <Row extends DeliverySummary>(row: Row): Row => ({
  ...row,
  trigger: toTrigger(row.trigger),
});

function toAttempt({ dnsMs, connectMs, tlsMs, firstByteMs, ...row }: AttemptRow): DeliveryAttempt {
  return {
    ...row,
    trigger: toTrigger(row.trigger),
    phases: { dnsMs, connectMs, tlsMs, firstByteMs },
  };
}

/** A worker of the version before, during a deploy, writes `schedule`. */
const toTrigger = (trigger: string): AttemptTrigger =>
  trigger === 'manual' || trigger === 'replay' ? trigger : 'auto';
