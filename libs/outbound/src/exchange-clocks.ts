import type { DoorTimeouts } from './door.js';

/** What an exchange is waiting for: a connection, the answer's head, the next chunk of its body. */
export type ClockPhase = 'connect' | 'headers' | 'idle';

/**
 * The four clocks of one exchange. At any time two run: the total, and the one of the phase it is
 * in (connect, then headers, then the silence between chunks of the body).
 */
export class ExchangeClocks {
  private readonly total: NodeJS.Timeout;
  private phase: NodeJS.Timeout | null;
  private phaseName: ClockPhase = 'connect';
  private isStopped = false;

  /** @throws RangeError when a time is not a positive number */
  constructor(
    private readonly timeouts: DoorTimeouts,
    private readonly onTimeout: (phase: ClockPhase, message: string) => void,
  ) {
    for (const [name, value] of Object.entries(timeouts)) {
      if (!(value > 0)) throw new RangeError(`${name} is ${value}; it takes milliseconds above 0`);
    }
    const { totalMs, connectMs } = timeouts;
    this.total = this.alarm(totalMs, `Not finished within ${totalMs} ms.`);
    this.phase = this.alarm(connectMs, `No connection within ${connectMs} ms.`);
  }

  /** Restarts with every byte sent: it measures how long the other side thinks. */
  startHeaders(): void {
    const { headersMs } = this.timeouts;
    this.start('headers', headersMs, `No answer within ${headersMs} ms.`);
  }

  startIdle(): void {
    const { idleMs } = this.timeouts;
    this.start('idle', idleMs, `The answer fell silent for ${idleMs} ms.`);
  }

  stopIdle(): void {
    if (this.phase) clearTimeout(this.phase);
    this.phase = null;
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.total);
    this.stopIdle();
  }

  private start(name: 'headers' | 'idle', timeoutMs: number, message: string): void {
    if (this.isStopped) return;
    if (this.phase && this.phaseName === name) {
      this.phase.refresh();
      return;
    }
    this.stopIdle();
    this.phaseName = name;
    this.phase = this.alarm(timeoutMs, message);
  }

  private alarm(timeoutMs: number, message: string): NodeJS.Timeout {
    // Longer than a timer can hold (24.8 days) would fire at once.
    return setTimeout(
      () => this.onTimeout(this.phaseName, message),
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
  }
}
