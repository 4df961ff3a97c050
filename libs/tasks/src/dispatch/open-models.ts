import { type Breaker, breakerState, probed } from '@app/outbound';
import type { FreeSlots } from './free-slots.js';
import type { LaneView } from './dispatch.store.js';

/** Which models may be sent in one turn: by their breakers, and by the accounts that have a slot for them. */
export class OpenModels {
  /** Half-open breakers whose one task was chosen in this turn. */
  readonly probes = new Map<string, Breaker>();
  private readonly nowMs: number;

  constructor(
    private readonly view: Pick<LaneView, 'breakers' | 'now'>,
    private readonly slots: Pick<FreeSlots, 'anyFor'>,
  ) {
    this.nowMs = view.now.getTime();
  }

  may(model: string): boolean {
    const breaker = breakerState(this.view.breakers.get(model), this.nowMs);
    return !this.probes.has(model) && breaker !== 'open' && this.slots.anyFor(model);
  }

  /** A task of the model was chosen: while its breaker is half-open, the only one. */
  chose(model: string): void {
    const breaker = this.view.breakers.get(model);
    if (!breaker || breakerState(breaker, this.nowMs) !== 'half-open') return;
    this.probes.set(model, probed(breaker, this.nowMs));
  }
}
