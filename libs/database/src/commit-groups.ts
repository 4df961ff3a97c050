/** How a group is written and what becomes of it when that fails. */
export interface GroupOptions<Item, Result> {
  /** One result for each item, in order; returns only after the commit. */
  readonly write: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Whether one item may be to blame: then each is written alone, and only the bad one fails. */
  readonly mayBeOneOf: (error: unknown) => boolean;
  /** Whether what waits would fail alike: then it fails at once, rather than wait for its turn to. */
  readonly concernsAll: (error: unknown) => boolean;
  readonly maxSize: number;
  readonly maxInFlight: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: what comes while a group is being written is collected and written together next.
 * Nobody waits for a timer, so a lone item is written at once and groups grow with the load.
 */
export class CommitGroups<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private inFlight = 0;
  private isScheduled = false;

  constructor(private readonly options: GroupOptions<Item, Result>) {}

  async add(item: Item): Promise<Result> {
    return await new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** Requests that were read in the same turn of the event loop come together. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.start();
    });
  }

  private start(): void {
    const { maxInFlight, maxSize } = this.options;
    while (this.inFlight < maxInFlight && this.waiting.length > 0) {
      void this.run(this.waiting.splice(0, maxSize));
    }
  }

  private async run(group: readonly Waiting<Item, Result>[]): Promise<void> {
    this.inFlight += 1;
    await this.settle(group);
    this.inFlight -= 1;
    this.start();
  }

  private async settle(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.write(group.map(({ item }) => item));
      if (results.length !== group.length) {
        throw new Error(`A group of ${group.length} was answered with ${results.length} results`);
      }
      for (const [index, result] of results.entries()) group[index]?.resolve(result);
    } catch (error) {
      await this.afterFailure(group, error);
    }
  }

  private async afterFailure(
    group: readonly Waiting<Item, Result>[],
    error: unknown,
  ): Promise<void> {
    if (group.length > 1 && this.options.mayBeOneOf(error)) {
      for (const one of group) await this.settle([one]);
      return;
    }
    const others = this.options.concernsAll(error) ? this.waiting.splice(0) : [];
    for (const { reject } of [...group, ...others]) reject(error);
  }
}
