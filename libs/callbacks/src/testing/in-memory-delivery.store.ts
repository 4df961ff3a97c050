import type { Delivery, DeliveryAttempt } from '../delivery.js';
import {
  type DeliveryFilter,
  type DeliveryPage,
  DeliveryStore,
  KEPT_TESTS,
  SHOWN_ATTEMPTS,
} from '../delivery.store.js';
import { afterRequest, type QueuedDelivery, type RequestedTrigger } from '../queued-delivery.js';
import {
  NEW_RECEIVER,
  type ReceiverHealth,
  type ReceiverKey,
  type ReceiverReport,
} from '../receiver.js';
import { receiverState } from '../receiver-state.js';
import { isRedeliverable } from '../redelivery.js';

/** A delivery with what no port shows. */
type Row = Delivery & QueuedDelivery;

interface Receiver extends ReceiverKey {
  readonly health: ReceiverHealth;
}

/** The store's promises on maps; the contract suite keeps it honest. */
export class InMemoryDeliveryStore extends DeliveryStore {
  private readonly rows = new Map<string, Row>();
  private readonly attempts: DeliveryAttempt[] = [];
  private readonly erasedTasks = new Set<string>();
  private readonly health = new Map<string, Receiver>();

  constructor(private readonly now: () => Date = () => new Date()) {
    super();
  }

  /** What the task's own commit does in the real store; with a lease, a worker has it. */
  add(delivery: Delivery, leaseUntil: Date | null = null): void {
    this.rows.set(delivery.id, { ...delivery, leaseUntil, requested: null, parked: false });
  }

  addAttempt(attempt: DeliveryAttempt): void {
    this.attempts.push(attempt);
  }

  eraseTask(taskId: string): void {
    this.erasedTasks.add(taskId);
  }

  setHealth(key: ReceiverKey, health: ReceiverHealth): void {
    this.health.set(nameOf(key), { ...key, health });
  }

  requestedOf(deliveryId: string): RequestedTrigger | null {
    return this.rows.get(deliveryId)?.requested ?? null;
  }

  override async findForTask(taskId: string): Promise<readonly Delivery[]> {
    return this.all()
      .filter((delivery) => delivery.taskId === taskId)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  override async attemptsOf(taskId: string): Promise<readonly DeliveryAttempt[]> {
    const deliveries = await this.findForTask(taskId);
    return deliveries.flatMap(({ id }) => this.attemptsFor(id));
  }

  override async find(tenantId: string | null, deliveryId: string) {
    const row = this.rows.get(deliveryId);
    const delivery = row && toDelivery(row);
    if (!delivery || this.isErased(delivery)) return null;
    if (tenantId !== null && delivery.tenantId !== tenantId) return null;
    return { delivery, attempts: this.attemptsFor(deliveryId) };
  }

  override async list(
    filter: DeliveryFilter,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<DeliveryPage> {
    const found = this.matching(filter)
      .filter(({ id }) => after === undefined || id < after)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const deliveries = found.slice(0, limit).map(({ body: _, ...summary }) => summary);
    return { deliveries, next: found.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
  }

  override async countRedeliverable(filter: DeliveryFilter, most: number): Promise<number> {
    const found = this.matching(filter).filter(isRedeliverable);
    return Math.min(found.filter(({ id }) => !this.isAskedFor(id)).length, most);
  }

  override async redeliver(
    filter: DeliveryFilter & { readonly deliveryId?: string },
    trigger: RequestedTrigger,
    limit: number,
  ): Promise<readonly string[]> {
    const { deliveryId } = filter;
    const ids = this.matching(filter)
      .filter(({ id }) => deliveryId === undefined || id === deliveryId)
      .filter(isRedeliverable)
      .map(({ id }) => id)
      .filter((id) => trigger === 'manual' || !this.isAskedFor(id))
      .toSorted()
      .slice(0, limit);
    for (const id of ids) this.ask(id, trigger);
    return ids;
  }

  override async addTest(delivery: Delivery, mostUnfinished: number): Promise<boolean> {
    const tests = this.all()
      .filter(({ tenantId, taskId }) => tenantId === delivery.tenantId && taskId === null)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const finished = tests.filter(({ nextAttemptAt }) => nextAttemptAt === null);
    for (const { id } of finished.slice(KEPT_TESTS)) this.rows.delete(id);
    if (tests.filter(({ state }) => state === 'pending').length >= mostUnfinished) return false;
    this.add({ ...delivery, nextAttemptAt: this.now() });
    return true;
  }

  override async receivers(filter: {
    readonly tenantId?: string;
    readonly origin?: string;
    readonly failing: boolean;
    readonly limit: number;
  }): Promise<readonly ReceiverReport[]> {
    const now = this.now();
    return [...this.health.values()]
      .filter(({ tenantId }) => (filter.tenantId ?? tenantId) === tenantId)
      .filter(({ origin }) => (filter.origin ?? origin) === origin)
      .filter(({ health }) => !filter.failing || receiverState(health, now) !== 'ok')
      .toSorted((a, b) => since(a) - since(b) || (nameOf(a) < nameOf(b) ? -1 : 1))
      .slice(0, filter.limit)
      .map((receiver) => ({ ...receiver, waiting: this.waitingFor(receiver) }));
  }

  override async setReceiverDisabled(key: ReceiverKey, disabled: boolean): Promise<boolean> {
    const known = this.health.get(nameOf(key));
    if (!known) return false;
    const disabledAt = known.health.disabledAt ?? this.now().getTime();
    this.setHealth(key, disabled ? { ...known.health, disabledAt } : NEW_RECEIVER);
    return true;
  }

  private ask(id: string, trigger: RequestedTrigger): void {
    const row = this.rows.get(id);
    if (row) this.rows.set(id, afterRequest(row, trigger, this.now()));
  }

  private isAskedFor(id: string): boolean {
    const row = this.rows.get(id);
    if (!row) return false;
    return row.requested !== null || (row.trigger !== 'auto' && row.nextAttemptAt !== null);
  }

  private all(): readonly Delivery[] {
    return [...this.rows.values()].map(toDelivery);
  }

  private attemptsFor(id: string): readonly DeliveryAttempt[] {
    return this.attempts
      .filter(({ deliveryId }) => deliveryId === id)
      .toSorted((a, b) => a.number - b.number)
      .slice(-SHOWN_ATTEMPTS);
  }

  private matching(filter: DeliveryFilter): readonly Delivery[] {
    const { from, to } = filter;
    return this.all()
      .filter((delivery) => !this.isErased(delivery))
      .filter((delivery) => EQUAL.every((key) => (filter[key] ?? delivery[key]) === delivery[key]))
      .filter(({ createdAt }) => (!from || createdAt >= from) && (!to || createdAt < to));
  }

  private isErased({ taskId }: Delivery): boolean {
    return taskId !== null && this.erasedTasks.has(taskId);
  }

  private waitingFor({ tenantId, origin }: ReceiverKey): number {
    return this.matching({ tenantId, origin }).filter(({ nextAttemptAt }) => nextAttemptAt !== null)
      .length;
  }
}

const toDelivery = ({ leaseUntil: _, requested: __, parked: ___, ...delivery }: Row): Delivery =>
  delivery;

const EQUAL = ['tenantId', 'taskId', 'state', 'event', 'origin'] as const;

const nameOf = ({ tenantId, origin }: ReceiverKey): string => `${tenantId} ${origin}`;

const since = ({ health }: Receiver): number => health.failingSince ?? Number.MAX_SAFE_INTEGER;
