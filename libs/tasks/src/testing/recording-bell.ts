import { Bell } from '../bell.js';
import type { Ring } from '../transition.js';

/** Keeps what was rung and holds nothing; `failure` is what every ring throws while it is set. */
export class RecordingBell extends Bell {
  readonly rings: Ring[] = [];
  failure: Error | null = null;
  emptied = false;

  override async ring(rings: readonly Ring[]): Promise<void> {
    if (this.failure) throw this.failure;
    this.rings.push(...rings);
  }

  override async lost(rings: readonly Ring[]): Promise<readonly Ring[]> {
    return rings;
  }

  override async isEmptied(): Promise<boolean> {
    return this.emptied;
  }

  override async markFilled(): Promise<void> {
    this.emptied = false;
  }
}
