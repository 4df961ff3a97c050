import type { Logger } from '@app/observability';

/** Something a worker does again and again beside its jobs. Every worker may do it at the same time. */
export interface Duty {
  readonly name: string;
  readonly everyMs: number;
  /** One turn; true when there is more to do right away. */
  runOnce(): Promise<boolean>;
}

/** The thin loop around a duty. A turn that fails is logged and the next one comes as usual. */
export class DutyLoop {
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> | null = null;
  private wokenDuringTurn = false;
  private stopped = false;

  constructor(
    private readonly duty: Duty,
    private readonly logger: Logger,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    this.wake();
  }

  /** Takes the next turn now. */
  wake(): void {
    if (this.stopped) return;
    if (this.turn) {
      this.wokenDuringTurn = true;
      return;
    }
    clearTimeout(this.timer);
    this.turn = this.take();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  private async take(): Promise<void> {
    let more = false;
    try {
      more = await this.duty.runOnce();
    } catch (error) {
      this.logger.warn({ err: error, duty: this.duty.name }, 'duty failed, next turn as usual');
    }
    this.turn = null;
    const again = more || this.wokenDuringTurn;
    this.wokenDuringTurn = false;
    if (this.stopped) return;
    this.timer = setTimeout(() => this.wake(), again ? 0 : this.waitMs());
  }

  /** A tenth more or less by chance, so that workers started together do not go on together. */
  private waitMs(): number {
    return this.duty.everyMs * (0.9 + this.random() / 5);
  }
}
