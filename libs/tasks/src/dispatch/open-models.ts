import { type Breaker, probed, stateOf } from './breaker.js';
import type { LaneView } from './dispatch.store.js';

/** Which models may be sent in one turn, by their breakers. */
export class OpenModels {
  /** Half-open breakers whose one task was chosen in this turn. */
  readonly probes = new Map<string, Breaker>();
  private readonly nowMs: number;

  constructor(private readonly view: Pick<LaneView, 'breakers' | 'now'>) {
    this.nowMs = view.now.getTime();
  }

  may(model: string): boolean {
    return !this.probes.has(model) && stateOf(this.view.breakers.get(model), this.nowMs) !== 'open';
  }

  /** A task of the model was chosen: while its breaker is half-open, the only one. */
  chose(model: string): void {
    const breaker = this.view.breakers.get(model);
    if (!breaker || stateOf(breaker, this.nowMs) !== 'half-open') return;
    this.probes.set(model, probed(breaker, this.nowMs));
  }
}
