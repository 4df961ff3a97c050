import type { LiveUpstreams } from './live-upstreams.js';
import type { RoutingStore, UnreadableRow } from './routing-store.js';
import type { Routing } from './routing.js';

export interface RoutingWatchParts {
  readonly store: Pick<RoutingStore, 'epoch' | 'list'>;
  readonly live: LiveUpstreams;
  readonly routing: Routing;
  /** For the operator: told once for each change. */
  readonly onUnreadable: (row: UnreadableRow) => void;
}

/**
 * Keeps this process at the upstreams and routes that operators have put: whoever owns the process calls
 * `runOnce()` each second. With the store away the last known ones stay.
 */
export class RoutingWatch {
  private epoch: string | null = null;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly parts: RoutingWatchParts) {}

  /** @throws what the store throws; nothing has changed then */
  async runOnce(): Promise<void> {
    // One after the other, so that a look that began earlier never puts older routes back.
    const look = this.looking.then(async () => await this.look());
    this.looking = look.catch(() => undefined);
    await look;
  }

  private async look(): Promise<void> {
    const { store, live, routing, onUnreadable } = this.parts;
    await live.closeRetired();
    const epoch = await store.epoch();
    if (epoch === this.epoch) return;
    const stored = await store.list();
    // After the read: one that fails is made again. A change in between moves the epoch once more.
    this.epoch = epoch;
    stored.unreadable.forEach(onUnreadable);
    routing.upstreams.replace(live.of(stored.upstreams));
    routing.replaceRoutes(stored.routes);
  }
}
