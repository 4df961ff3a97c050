import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@app/config';
import { isRefusal } from '@app/database';
import type { createMetrics, Logger } from '@app/observability';
import { MeteredGovernor } from '@app/proxy';
import {
  DiskSpoolFiles,
  type LedgerEntry,
  type LedgerStore,
  type Limiter,
  OpenHolds,
  SpooledBuffer,
  writeEntries,
} from '@app/tenants';

export interface MoneyParts {
  readonly config: Config;
  readonly ledger: LedgerStore;
  readonly limiter: Limiter;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly logger: Logger;
}

/** What the pass-through's calls cost, from this process to the ledger. */
export function assembleMoney({ config, ledger, limiter, metrics, logger }: MoneyParts) {
  const owner = `${hostname()}-${process.pid}-${randomUUID()}`;
  const unconfirmed = (error: unknown): void =>
    logger.warn({ err: error }, 'limits were not told what the ledger has');
  const buffer = new SpooledBuffer<LedgerEntry>({
    name: 'ledger',
    files: new DiskSpoolFiles(join(config.dataDir, 'spool')),
    write: async (entries) =>
      await writeEntries({ ledger, limiter, onUnconfirmed: unconfirmed }, entries),
    maxRows: MAX_WAITING_ENTRIES,
    isRefusal,
    onDrop: (entries, because) => {
      metrics.ledgerDropped.inc(entries);
      logger.error({ entries, because }, 'charges lost: neither Postgres nor the spool took them');
    },
    onError: (error, at) => logger.warn({ err: error, at }, 'charges wait'),
    onSpool: (entries) => metrics.spooled.inc({ kind: 'ledger' }, entries),
  });
  const holds = new OpenHolds(buffer);
  return {
    governor: new MeteredGovernor({ limiter, ledger: buffer, holds, owner }),
    money: new MoneyLife({ ledger, logger, owner, buffer, holds }),
  };
}

interface LifeParts extends Pick<MoneyParts, 'ledger' | 'logger'> {
  readonly owner: string;
  readonly buffer: SpooledBuffer<LedgerEntry>;
  readonly holds: OpenHolds;
}

/** Says that this process is alive, so that its holds are left to it, and empties its buffer at the end. */
class MoneyLife {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: LifeParts) {}

  /** Before the first call: a hold of a process that nobody has heard of is soon taken for abandoned. */
  async start(): Promise<void> {
    const { buffer, holds } = this.parts;
    await this.beat();
    this.timer = setInterval(() => void this.beat(), BEAT_MS).unref();
    buffer.start();
    holds.start();
  }

  /** After the last call. What Postgres does not take within the time is on disk, for the next process. */
  async stop(deadlineMs: number): Promise<void> {
    this.parts.holds.stop();
    await this.parts.buffer.flush(deadlineMs);
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    const { ledger, logger, owner } = this.parts;
    await ledger.beat(owner).catch((error: unknown) => {
      logger.warn({ err: error }, 'this process could not say that it is alive');
    });
  }
}

const BEAT_MS = 10_000;

/** Some 100 MB; they stay in memory only while Postgres and the disk both fail. */
const MAX_WAITING_ENTRIES = 50_000;
