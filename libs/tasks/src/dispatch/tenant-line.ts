import type { WaitingTask, WaitingTenant } from './dispatch.store.js';
import type { OpenModels } from './open-models.js';

/** One tenant in one turn: what it waits for, and what it is owed. */
export class TenantLine {
  readonly id: string;
  private waiting: readonly WaitingTask[];
  private admitted = 0;

  constructor(
    private readonly tenant: WaitingTenant,
    private readonly costOf: (model: string) => number,
    private owed: number,
  ) {
    this.id = tenant.id;
    this.waiting = tenant.waiting;
  }

  get deficit(): number {
    return this.owed;
  }

  /** Its first task that may be sent; null when there is none, or when it holds all that it may hold. */
  head(models: OpenModels): WaitingTask | null {
    if (this.isFull) return null;
    return this.waiting.find(({ model }) => models.may(model)) ?? null;
  }

  /** Whether it was served all that was read of it, so that more may wait that nobody has seen. */
  mayHaveMore(models: OpenModels, headsPerTenant: number): boolean {
    const isCut = this.tenant.waiting.length >= headsPerTenant;
    return isCut && this.admitted > 0 && !this.isFull && this.head(models) === null;
  }

  /** How often it must be visited until its head is paid for; 0: it is. */
  visitsUntilPaid(head: WaitingTask, quantum: number): number {
    const missing = this.costOf(head.model) - this.owed;
    return missing <= 0 ? 0 : Math.ceil(missing / this.shareOf(quantum));
  }

  credit(quantum: number, visits: number): void {
    this.owed += this.shareOf(quantum) * visits;
  }

  admit(task: WaitingTask): void {
    this.owed = Math.max(this.owed - this.costOf(task.model), 0);
    this.admitted += 1;
    this.waiting = this.waiting.filter((other) => other !== task);
  }

  /** What it keeps for the next turn: never more than a visit and its dearest task. */
  kept(quantum: number): number {
    const dearest = Math.max(...this.tenant.waiting.map(({ model }) => this.costOf(model)), 0);
    return Math.min(this.owed, this.shareOf(quantum) + dearest);
  }

  private get isFull(): boolean {
    const { maxConcurrent, inFlight } = this.tenant;
    return maxConcurrent !== null && inFlight + this.admitted >= maxConcurrent;
  }

  private shareOf(quantum: number): number {
    return quantum * Math.max(this.tenant.weight, SMALLEST_WEIGHT);
  }
}

/** A tenant of weight 0 is served last, not never. */
const SMALLEST_WEIGHT = 0.01;
