import { type Archivist, outputKey, type StoredOutput } from '@app/outputs';
import type { VendorOutput } from '@app/providers';
import { newOutputId } from './ids.js';
import type { StoredFacts, Task, TaskOutput } from './task.js';

/**
 * Takes over what a vendor made. Bytes that came with the answer go to the store before anything is
 * recorded, because they exist nowhere else; links are noted for the archive step.
 */
export class OutputIntake {
  constructor(
    private readonly archivist: Archivist,
    private readonly outputTtlSeconds: number,
  ) {}

  async take(
    task: Pick<Task, 'id' | 'kind'>,
    outputs: readonly VendorOutput[],
  ): Promise<TaskOutput[]> {
    const expireAt = new Date(Date.now() + this.outputTtlSeconds * 1000);
    return await Promise.all(
      outputs.map(async (output, index) => ({
        id: newOutputId(),
        index,
        type: task.kind,
        expireAt,
        ...(output.from === 'url'
          ? { source: { url: output.url, expiresAt: new Date(output.expiresAt) }, stored: null }
          : { source: null, stored: await this.keep(task, index, output.bytes) }),
      })),
    );
  }

  private async keep(
    task: Pick<Task, 'id' | 'kind'>,
    index: number,
    bytes: Buffer,
  ): Promise<StoredFacts> {
    const key = outputKey(task.id, index);
    return storedFacts(await this.archivist.keepBytes({ bytes, key, expect: task.kind }));
  }
}

export function storedFacts({
  key,
  mime,
  bytes,
  sha256,
  width,
  height,
}: StoredOutput): StoredFacts {
  return { key, mime, bytes, sha256, width, height };
}
