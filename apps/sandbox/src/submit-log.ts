export const VENDORS = [
  'openai',
  'openai-b',
  'dashscope',
  'bfl',
  'vertex',
  'gemini',
  'ark',
  'openai-compatible',
] as const;
export type Vendor = (typeof VENDORS)[number];

/** One paid request that a stand-in accepted: what the real vendor would have charged for. */
export interface Submit {
  readonly provider: Vendor;
  readonly model: string;
  /** The vendor's id of the job, or of the request where the vendor makes no job. */
  readonly vendorId: string;
  /** As it arrived, directions included. */
  readonly prompt: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A part of the log, oldest first. */
export interface SubmitPage {
  readonly submits: readonly Submit[];
  /** Give it as `after` for what follows; null when this was the end. */
  readonly next: number | null;
}

export interface SubmitFilter {
  readonly provider: Vendor | null;
  /** Unix milliseconds, inclusive. */
  readonly since: number;
  /** `next` of the page before; 0: from the start. */
  readonly after: number;
  readonly limit: number;
}

const MAX_SUBMITS = 250_000;

/** Counts what was accepted, before the answer leaves; a refused request is never in it. */
export class SubmitLog {
  private submits: Submit[] = [];
  /** How many old ones were dropped: `after` counts from the first that ever was. */
  private dropped = 0;

  constructor(
    private readonly now: () => number,
    private readonly maxSubmits = MAX_SUBMITS,
  ) {}

  /** Times never go back, whatever the clock does: the list is searched by them. */
  add(submit: Omit<Submit, 'at'>): void {
    const at = Math.max(this.now(), this.submits.at(-1)?.at ?? 0);
    this.submits.push({ ...submit, at });
    if (this.submits.length <= 2 * this.maxSubmits) return;
    this.dropped += this.submits.length - this.maxSubmits;
    this.submits = this.submits.slice(-this.maxSubmits);
  }

  list(filter: SubmitFilter): SubmitPage {
    const start = Math.max(this.firstSince(filter.since), filter.after - this.dropped, 0);
    const found: Submit[] = [];
    let index = start;
    for (; index < this.submits.length && found.length < filter.limit; index += 1) {
      const submit = this.submits[index];
      if (submit && (filter.provider ?? submit.provider) === submit.provider) found.push(submit);
    }
    return {
      submits: found,
      next: index < this.submits.length ? index + this.dropped : null,
    };
  }

  /** By halving: the index of the first submit that is not older. */
  private firstSince(since: number): number {
    let [low, high] = [0, this.submits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.submits[middle]?.at ?? 0) < since) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
