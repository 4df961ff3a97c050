import { type ChainedAction, type ChainHead, EMPTY_CHAIN, hashOf } from './admin-action.js';

/** How far a chain was followed, or the first row that does not fit. */
export type ChainVerdict =
  | { readonly fits: true; readonly head: ChainHead }
  | { readonly fits: false; readonly seq: number; readonly why: string };

/** What the chain is held against besides itself. */
export interface ChainWitness {
  /** The head that the database notes beside the rows. */
  readonly kept: ChainHead;
  /** A head that somebody noted elsewhere, at some time. */
  readonly noted: ChainHead | null;
}

/** Follows a chain row by row; feed it every row in the order of `seq`, then ask for the verdict. */
export class ChainWalk {
  private head: ChainHead = EMPTY_CHAIN;
  private broken: Extract<ChainVerdict, { fits: false }> | null = null;
  private notedHash: Buffer | null = null;

  constructor(private readonly witness: ChainWitness) {
    if (witness.noted?.seq === 0) this.notedHash = EMPTY_CHAIN.hash;
  }

  /** False: a row before or this one does not fit, and no further one tells anything. */
  take(row: ChainedAction): boolean {
    if (this.broken) return false;
    const why = this.misfit(row);
    if (why !== null) {
      this.broken = { fits: false, seq: this.head.seq + 1, why };
      return false;
    }
    this.head = { seq: row.seq, hash: row.hash };
    if (row.seq === this.witness.noted?.seq) this.notedHash = row.hash;
    return true;
  }

  verdict(): ChainVerdict {
    if (this.broken) return this.broken;
    const { kept, noted } = this.witness;
    const { seq, hash } = this.head;
    if (kept.seq !== seq || !kept.hash.equals(hash)) {
      const why = `the rows end at ${seq}, the database notes ${kept.seq} as the last: rows were cut off, or added by hand`;
      return { fits: false, seq: Math.min(seq, kept.seq) + 1, why };
    }
    if (noted && noted.seq > seq) {
      const why = `the rows end at ${seq}, and ${noted.seq} was noted elsewhere: rows were cut off`;
      return { fits: false, seq: seq + 1, why };
    }
    if (noted && !this.notedHash?.equals(noted.hash)) {
      const why = 'it has another hash than was noted elsewhere: the chain was made anew';
      return { fits: false, seq: noted.seq, why };
    }
    return { fits: true, head: this.head };
  }

  private misfit(row: ChainedAction): string | null {
    const expected = this.head.seq + 1;
    if (row.seq > expected) return `it is missing: row ${row.seq} follows ${this.head.seq}`;
    if (row.seq < expected) return `row ${row.seq} comes again`;
    if (!row.prevHash.equals(this.head.hash)) return 'it does not build on the row before it';
    if (!row.hash.equals(hashOf(row))) return 'it was changed: its hash is another';
    return null;
  }
}
