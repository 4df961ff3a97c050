import {
  ArchiveError,
  type Archivist,
  outputKey,
  type OutputStore,
  type StoredOutput,
} from '@app/outputs';
import type { Done, VendorOutput } from '@app/providers';
import { newOutputId } from './ids.js';
import { type AnswerOf, type KeptAnswer, KeptAnswers } from './kept-answers.js';
import type { StoredFacts, Task, TaskOutput } from './task.js';

export interface Patience {
  /** Whether it still makes sense to try again while our own store is failing. */
  readonly goesOn: () => boolean;
  readonly pause: () => Promise<void>;
}

/**
 * Takes over what a vendor made. Bytes that came with the answer go to the store before anything is
 * recorded, because they exist nowhere else; links are noted for the archive step.
 */
export class OutputIntake {
  readonly answers: KeptAnswers;

  constructor(
    private readonly archivist: Archivist,
    private readonly store: OutputStore,
    private readonly outputTtlSeconds: number,
  ) {
    this.answers = new KeptAnswers(store);
  }

  /** @throws ArchiveError */
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

  /**
   * Takes over an answer that cannot be asked for again, with a manifest of it. While our own store
   * fails it is tried again as long as patience lasts: giving up means that the money is lost.
   * @throws ArchiveError
   */
  async keepAnswer(
    of: AnswerOf & { readonly task: Pick<Task, 'id' | 'kind'> },
    { outputs, usage, failures }: Done,
    patience: Patience,
  ): Promise<KeptAnswer> {
    for (;;) {
      try {
        const answer = { outputs: await this.take(of.task, outputs), usage, failures };
        if (outputs.some(({ from }) => from === 'bytes')) await this.note(of, answer);
        return answer;
      } catch (error) {
        if (!isOurs(error) || !patience.goesOn()) throw error;
        await patience.pause();
      }
    }
  }

  /** Nobody will ask for these: best effort, the sweep of orphans takes the rest. */
  async discardOutputs(
    task: Pick<Task, 'id'>,
    outputs: readonly Pick<TaskOutput, 'index'>[],
  ): Promise<void> {
    const deleting = outputs.map(async ({ index }) => {
      await this.store.delete(outputKey(task.id, index));
    });
    await Promise.allSettled(deleting);
  }

  /** The same, with the manifest. */
  async discard(of: AnswerOf, outputs: readonly Pick<TaskOutput, 'index'>[]): Promise<void> {
    await Promise.allSettled([this.discardOutputs(of.task, outputs), this.answers.delete(of)]);
  }

  private async note(of: AnswerOf, answer: KeptAnswer): Promise<void> {
    try {
      await this.answers.write(of, answer);
    } catch (cause) {
      throw new ArchiveError('store', 'The output store did not take the answer.', { cause });
    }
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

const isOurs = (error: unknown): boolean =>
  error instanceof ArchiveError && error.reason === 'store';

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
