import { RecentMap } from '../recent-map.js';
import type { FaultDirection } from './read-directions.js';

const MAX_PROMPTS = 100_000;

/** Knows how often a fault was shown for one very prompt: the N of `[[fault:NAME:N]]`. */
export class FaultCounter {
  private readonly shown = new RecentMap<number>(MAX_PROMPTS);

  /** True when the fault is to be shown now; each true counts as one showing. */
  show(prompt: string, fault: FaultDirection): boolean {
    if (fault.firstRequests === null) return true;
    // A prompt may have several, each for a place of its own.
    const counted = `${fault.where ?? ''}\n${prompt}`;
    const before = this.shown.get(counted) ?? 0;
    if (before >= fault.firstRequests) return false;
    this.shown.set(counted, before + 1);
    return true;
  }
}
