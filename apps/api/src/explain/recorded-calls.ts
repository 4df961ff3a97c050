import { setTimeout as wait } from 'node:timers/promises';
import { AuditBuffer, AuditStore, type ExplainedRow } from '@app/tenants';
import { Injectable } from '@nestjs/common';

/** Calls that are over, by their ids. */
@Injectable()
export class RecordedCalls {
  constructor(
    private readonly store: AuditStore,
    private readonly buffer: AuditBuffer,
  ) {}

  /**
   * Null: the tenant has made no such call, or it is under way. Whoever asks right after an answer finds its
   * row still on its way from the process that gave it; one that is not there is looked for once more.
   */
  async find(tenant: string, requestId: string): Promise<ExplainedRow | null> {
    const found = await this.store.find(tenant, requestId);
    if (found) return found;
    await Promise.all([this.buffer.runOnce(), wait(ON_ITS_WAY_MS)]);
    return await this.store.find(tenant, requestId);
  }
}

/** Processes store their rows every 100 ms, and have 100 ms for it before they take to the disk. */
const ON_ITS_WAY_MS = 250;
