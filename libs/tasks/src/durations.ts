/** Usual durations of the vendors' jobs by model, learnt from those that this process saw finish. */
export class Durations {
  private readonly recent = new Map<string, number[]>();

  add(model: string, durationMs: number): void {
    const values = this.recent.get(model) ?? [];
    this.recent.set(model, [...values, durationMs].slice(-KEPT));
  }

  /** Median of the last twenty, or null when none is known. */
  usualMs(model: string): number | null {
    const sorted = this.recent.get(model)?.toSorted((a, b) => a - b) ?? [];
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }
}

const KEPT = 20;
