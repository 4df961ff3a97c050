import type { Delivery, DeliveryAttempt } from '../delivery.js';
import { type AfterAttempt, DeliveryStore } from '../delivery.store.js';

/** The store's promises on two maps; the contract suite keeps it honest. */
export class InMemoryDeliveryStore extends DeliveryStore {
  private readonly deliveries = new Map<string, Delivery>();
  private readonly attempts: DeliveryAttempt[] = [];

  constructor(private readonly now: () => Date = () => new Date()) {
    super();
  }

  /** What the task's own commit does in the real store. */
  add(delivery: Delivery): void {
    this.deliveries.set(delivery.id, delivery);
  }

  override async claim(deliveryId: string, leaseUntil: Date): Promise<Delivery | null> {
    const delivery = this.deliveries.get(deliveryId);
    if (!delivery || !this.isDue(delivery)) return null;
    const claimed = { ...delivery, nextAttemptAt: leaseUntil };
    this.deliveries.set(deliveryId, claimed);
    return claimed;
  }

  override async record(attempt: DeliveryAttempt, next: AfterAttempt): Promise<void> {
    const delivery = this.deliveries.get(attempt.deliveryId);
    if (delivery?.state !== 'pending' || attempt.number !== delivery.attempts + 1) return;
    this.attempts.push(attempt);
    const moved = { ...delivery, ...next, attempts: attempt.number, trigger: 'schedule' as const };
    this.deliveries.set(delivery.id, moved);
  }

  override async redeliver(taskId: string): Promise<boolean> {
    const deliveries = await this.findForTask(taskId);
    const last = deliveries.find(({ event }) => isLast(event));
    if (!last) return false;
    const again = { state: 'pending', trigger: 'manual', nextAttemptAt: this.now() } as const;
    this.deliveries.set(last.id, { ...last, ...again });
    return true;
  }

  override async due(limit: number): Promise<readonly string[]> {
    return [...this.deliveries.values()]
      .filter((delivery) => this.isDue(delivery))
      .toSorted((a, b) => timeOf(a) - timeOf(b))
      .slice(0, limit)
      .map((delivery) => delivery.id);
  }

  override async findForTask(taskId: string): Promise<readonly Delivery[]> {
    return [...this.deliveries.values()]
      .filter((delivery) => delivery.taskId === taskId)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  override async attemptsOf(taskId: string): Promise<readonly DeliveryAttempt[]> {
    const deliveries = await this.findForTask(taskId);
    return deliveries.flatMap(({ id }) =>
      this.attempts
        .filter((attempt) => attempt.deliveryId === id)
        .toSorted((a, b) => a.number - b.number),
    );
  }

  private isDue(delivery: Delivery): boolean {
    return delivery.state === 'pending' && timeOf(delivery) <= this.now().getTime();
  }
}

const isLast = (event: Delivery['event']): boolean =>
  event === 'task.success' || event === 'task.fail';

const timeOf = (delivery: Delivery): number => delivery.nextAttemptAt?.getTime() ?? Infinity;
