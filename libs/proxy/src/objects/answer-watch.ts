import { Transform, type TransformCallback } from 'node:stream';
import type { AnswerIds, MadeId } from './answer-ids.js';

/** Lets an answer pass, but no bytes that name a new object before `keep` is done with it. */
export class AnswerWatch extends Transform {
  private held: Buffer[] = [];

  /** @param keep never rejects */
  constructor(
    private readonly ids: AnswerIds,
    private readonly keep: (made: readonly MadeId[]) => Promise<void>,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.ids.write(chunk);
    this.held.push(chunk);
    // An id whose end has not come must not leave before the rest of it.
    if (this.ids.isInId) done();
    else void this.release(done);
  }

  override _flush(done: TransformCallback): void {
    void this.release(done);
  }

  private async release(done: TransformCallback): Promise<void> {
    const made = this.ids.take();
    if (made.length > 0) await this.keep(made);
    const { held } = this;
    this.held = [];
    if (!this.destroyed) for (const chunk of held) this.push(chunk);
    done();
  }
}
