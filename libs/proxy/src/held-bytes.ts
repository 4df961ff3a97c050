/** How many bytes of bodies a process may hold at once; those that are streamed are not held. */
export class HeldBytes {
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /** Of one body; everything is given back at once. */
  lease(): HeldLease {
    let mine = 0;
    return {
      take: (bytes) => {
        if (this.held + bytes > this.maxBytes) return false;
        this.held += bytes;
        mine += bytes;
        return true;
      },
      giveBack: () => {
        this.held -= mine;
        mine = 0;
      },
    };
  }
}

export interface HeldLease {
  /** False: there is no room for these. */
  take(bytes: number): boolean;
  /** Idempotent. */
  giveBack(): void;
}
