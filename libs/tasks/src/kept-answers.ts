import { buffer } from 'node:stream/consumers';
import type { ResultFailure, Usage } from '@app/providers';
import type { OutputStore } from '@app/outputs';
import type { Attempt, Task, TaskOutput } from './task.js';

/** What came with a vendor's answer, as it is committed with the attempt's end. */
export interface KeptAnswer {
  readonly outputs: readonly TaskOutput[];
  readonly usage: Usage;
  /** Results that were asked for and did not come. */
  readonly failures?: readonly ResultFailure[] | undefined;
}

/** Which answer: one attempt of one task has one at most. */
export interface AnswerOf {
  readonly task: Pick<Task, 'id'>;
  readonly attempt: Pick<Attempt, 'number'>;
}

/**
 * Manifests of answers whose bytes are in the output store already, written before the commit that
 * records them. A worker that dies in between loses nothing: whoever finds its attempt reads on here.
 */
export class KeptAnswers {
  constructor(private readonly store: OutputStore) {}

  /** Durable when it resolves. */
  async write(of: AnswerOf, answer: KeptAnswer): Promise<void> {
    const manifest = Buffer.from(JSON.stringify(answer));
    await this.store.put(answerKey(of), manifest, { maxBytes: manifest.length });
  }

  /** Null: the answer never came that far. @throws when the store is away, which says nothing */
  async read(of: AnswerOf): Promise<KeptAnswer | null> {
    const object = await this.store.open(answerKey(of));
    if (!object) return null;
    const answer: unknown = JSON.parse((await buffer(object.body)).toString('utf8'));
    if (!isKeptAnswer(answer)) throw new Error(`${answerKey(of)} is not a manifest of an answer`);
    return { ...answer, outputs: answer.outputs.map(revived) };
  }

  async delete(of: AnswerOf): Promise<void> {
    await this.store.delete(answerKey(of));
  }
}

/** Written by `write` alone, whole or not at all: a glance is enough. */
const isKeptAnswer = (value: unknown): value is KeptAnswer =>
  typeof value === 'object' && value !== null && 'outputs' in value && 'usage' in value;

/** JSON holds times as text. */
function revived(output: TaskOutput): TaskOutput {
  const { source, expireAt } = output;
  return {
    ...output,
    source: source && { ...source, expiresAt: new Date(source.expiresAt) },
    expireAt: new Date(expireAt),
  };
}

const answerKey = ({ task, attempt }: AnswerOf): string =>
  `outputs/${task.id.toLowerCase()}/answer-${attempt.number}`;
