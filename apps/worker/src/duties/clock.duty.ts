import type { Logger } from '@app/observability';
import type { Duty } from './duty.js';

/**
 * How far this machine's clock is from that of Postgres, which judges leases: with a clock that is
 * behind, a live worker would pass for a dead one, and its paid call be given up.
 */
export class ClockDuty implements Duty {
  readonly name = 'clock';
  readonly everyMs = 10_000;
  private offsetMs = 0;

  constructor(
    /** The time by Postgres. */
    private readonly ask: () => Promise<Date>,
    private readonly logger: Logger,
  ) {}

  /** The time by Postgres as far as it is known; Unix milliseconds. */
  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  async runOnce(): Promise<boolean> {
    const askedMs = Date.now();
    const now = await this.ask();
    const answeredMs = Date.now();
    // What took long says little: the time was read somewhere in between.
    if (answeredMs - askedMs > PRECISE_MS) return false;
    this.offsetMs = Math.round(now.getTime() - (askedMs + answeredMs) / 2);
    if (Math.abs(this.offsetMs) > TOLERATED_MS) {
      const fields = { offsetMs: this.offsetMs };
      this.logger.warn(
        fields,
        'the clocks of this machine and of Postgres differ; synchronise them',
      );
    }
    return false;
  }
}

const PRECISE_MS = 1_000;
const TOLERATED_MS = 2_000;
