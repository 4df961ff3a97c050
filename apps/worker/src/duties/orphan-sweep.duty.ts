import type { Logger, Metrics } from '@app/observability';
import type { ListedObject, OutputStore } from '@app/outputs';
import type { RetentionStore } from '@app/tasks';
import type { Duty } from './duty.js';

export interface OrphanSweepParts {
  readonly outputs: Pick<OutputStore, 'list' | 'delete'>;
  readonly rows: Pick<RetentionStore, 'unnamed'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Deletes objects that no row names: what a worker that died, or an upload that broke off, left in the
 * store. Only after a day, so nothing that is still under way is taken for left behind. One page a turn.
 */
export class OrphanSweepDuty implements Duty {
  readonly name = 'orphan-sweep';
  readonly everyMs = 3_600_000;
  private after: string | null = null;

  constructor(private readonly parts: OrphanSweepParts) {}

  async runOnce(): Promise<boolean> {
    const page = await this.parts.outputs.list(this.after, PAGE);
    await this.sweep(page);
    const isLast = page.length < PAGE;
    this.after = isLast ? null : (page.at(-1)?.key ?? null);
    return !isLast;
  }

  private async sweep(page: readonly ListedObject[]): Promise<void> {
    const before = Date.now() - OLD_MS;
    const old = page.filter(({ modifiedAt }) => modifiedAt.getTime() < before);
    if (old.length === 0) return;
    const orphans = await this.parts.rows.unnamed(old.map(({ key }) => key));
    for (const key of orphans) {
      await this.parts.outputs.delete(key);
      this.parts.metrics.orphansDeleted.inc();
    }
    if (orphans.length > 0)
      this.parts.logger.info({ objects: orphans.length }, 'objects that no row names deleted');
  }
}

const PAGE = 1_000;
const OLD_MS = 24 * 3_600_000;
