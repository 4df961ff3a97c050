import type { DoorTrace } from './door.js';
import type { Connection } from './connection.js';

/** Takes the times of one exchange as it goes. */
export class ExchangeTrace {
  private dnsMs: number | null = null;
  private connection: Connection | null = null;
  private sentAt: number | null = null;
  private firstByteMs: number | null = null;
  /** A kept connection's own times belong to the request that opened it. */
  private isKept = false;

  resolved(dnsMs: number): void {
    this.dnsMs = dnsMs;
  }

  carriedBy(connection: Connection): void {
    this.connection = connection;
    this.isKept = connection.carried > 0;
  }

  sent(): void {
    this.sentAt = performance.now();
  }

  answered(): void {
    if (this.firstByteMs !== null) return;
    // An answer may begin before the request's body is out.
    this.firstByteMs = this.sentAt === null ? 0 : performance.now() - this.sentAt;
  }

  read(): DoorTrace {
    const opened = this.isKept ? null : this.connection;
    return {
      timings: {
        dnsMs: rounded(this.dnsMs),
        connectMs: rounded(opened?.connectMs ?? null),
        tlsMs: rounded(opened?.tlsMs ?? null),
        firstByteMs: rounded(this.firstByteMs),
      },
      remoteAddress: this.connection?.remoteAddress ?? null,
    };
  }
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
