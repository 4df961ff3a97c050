import type { AttemptTrigger, Delivery, DeliveryAttempt } from '../delivery.js';
import {
  type DeliveryFilter,
  type DeliveryPage,
  DeliveryStore,
  KEPT_TESTS,
} from '../delivery.store.js';
import { receiverState, UNKNOWN_HEALTH } from '../receiver-state.js';
import type { ReceiverHealth, ReceiverKey, ReceiverReport } from '../receiver.js';
import { isRedeliverable, resumeAfter } from '../redelivery.js';

/** A delivery with what no port shows. */
interface Row {
  readonly delivery: Delivery;
  /** While an attempt is under way. */
  readonly leaseUntil: Date | null;
  /** Asked for while an attempt is under way. */
  readonly requested: AttemptTrigger | null;
}

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
    this.rows.set(delivery.id, { delivery, leaseUntil, requested: null });
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

  requestedOf(deliveryId: string): AttemptTrigger | null {
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
    const delivery = this.rows.get(deliveryId)?.delivery;
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
    return Math.min(this.matching(filter).filter(isRedeliverable).length, most);
  }

  override async redeliver(
    filter: DeliveryFilter & { readonly deliveryId?: string },
    trigger: Exclude<AttemptTrigger, 'auto'>,
    limit: number,
  ): Promise<readonly string[]> {
    const { deliveryId } = filter;
    const ids = this.matching(filter)
      .filter(({ id }) => deliveryId === undefined || id === deliveryId)
      .filter(isRedeliverable)
      .map(({ id }) => id)
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
    this.setHealth(key, disabled ? { ...known.health, disabledAt } : UNKNOWN_HEALTH);
    return true;
  }

  private ask(id: string, trigger: AttemptTrigger): void {
    const row = this.rows.get(id);
    if (!row) return;
    const now = this.now();
    const isUnderWay = row.leaseUntil !== null && row.leaseUntil > now;
    const { delivery } = row;
    const asked = { trigger, nextAttemptAt: now, resumeAt: resumeAfter(delivery) };
    const after = isUnderWay
      ? { ...row, requested: trigger }
      : { ...row, requested: null, delivery: { ...delivery, ...asked } };
    this.rows.set(id, after);
  }

  private all(): readonly Delivery[] {
    return [...this.rows.values()].map(({ delivery }) => delivery);
  }

  private attemptsFor(id: string): readonly DeliveryAttempt[] {
    return this.attempts
      .filter(({ deliveryId }) => deliveryId === id)
      .toSorted((a, b) => a.number - b.number);
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

const EQUAL = ['tenantId', 'taskId', 'state', 'event', 'origin'] as const;

const nameOf = ({ tenantId, origin }: ReceiverKey): string => `${tenantId} ${origin}`;

const since = ({ health }: Receiver): number => health.failingSince ?? Number.MAX_SAFE_INTEGER;
