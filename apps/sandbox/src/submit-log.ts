export const VENDORS = ['openai', 'dashscope', 'bfl', 'vertex'] as const;
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

const MAX_SUBMITS = 20_000;

/** Counts what was accepted, before the answer leaves; a refused request is never in it. */
export class SubmitLog {
  private submits: Submit[] = [];

  constructor(private readonly now: () => number) {}

  add(submit: Omit<Submit, 'at'>): void {
    this.submits.push({ ...submit, at: this.now() });
    if (this.submits.length > 2 * MAX_SUBMITS) this.submits = this.submits.slice(-MAX_SUBMITS);
  }

  /** Oldest first; `since` is inclusive. */
  list(filter: { readonly provider: Vendor | null; readonly since: number }): readonly Submit[] {
    return this.submits.filter(
      ({ provider, at }) =>
        at >= filter.since && (filter.provider === null || filter.provider === provider),
    );
  }
}
