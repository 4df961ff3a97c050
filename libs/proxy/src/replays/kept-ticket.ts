import { PassThrough, type Transform } from 'node:stream';
import { headerValue, keepHeaders } from '../raw-headers.js';
import { type AfterFirst, afterFirst, type FirstEnd, isOfTheMoment } from './after-first.js';
import type { KeptAnswer } from './kept-answer.js';
import type { OpenTickets } from './open-tickets.js';
import type { ReplayEnd, ReplayHead, ReplayRef, ReplayStore } from './replay.store.js';
import type { ReplayTicket } from './replays.js';

export interface KeptTicketParts {
  readonly ref: ReplayRef;
  readonly store: ReplayStore;
  readonly tickets: OpenTickets;
  readonly maxBytes: number;
  /** Called at most once. */
  readonly keepAnswer: () => KeptAnswer;
}

/** One call that holds its key until it says how it ended. */
export class KeptTicket implements ReplayTicket {
  private head: ReplayHead | null = null;
  private answer: KeptAnswer | null = null;
  private isTooLarge = false;
  private isDoubtful = false;
  private ended: Promise<void> | null = null;

  constructor(private readonly parts: KeptTicketParts) {
    parts.tickets.open(parts.ref);
  }

  get keepsNothing(): boolean {
    return this.answer?.isLost ?? true;
  }

  keep(head: ReplayHead): Transform {
    this.head = { status: head.status, headers: keepHeaders(head.headers, isOfTheAnswer) };
    if (isOfTheMoment(head.status)) return new PassThrough();
    const length = Number(headerValue(head.headers, 'content-length') ?? 0);
    this.isTooLarge = length > this.parts.maxBytes;
    if (this.isTooLarge) return new PassThrough();
    this.answer = this.parts.keepAnswer();
    return this.answer.passing;
  }

  doubt(): void {
    this.isDoubtful = true;
  }

  done(): Promise<void> {
    return this.end(this.head ? { kind: 'answered', status: this.head.status, whole: true } : null);
  }

  release(): Promise<void> {
    return this.end({ kind: 'not-sent' });
  }

  unknown(): Promise<void> {
    const { head } = this;
    return this.end(
      head ? { kind: 'answered', status: head.status, whole: false } : { kind: 'lost' },
    );
  }

  /** @param how null: answered, and nobody said with what */
  private end(how: FirstEnd | null): Promise<void> {
    this.ended ??= this.after(how ? afterFirst(how, this.isDoubtful) : 'done');
    return this.ended;
  }

  private async after(what: AfterFirst): Promise<void> {
    const { ref, store } = this.parts;
    switch (what) {
      case 'done':
        return await this.finish();
      case 'release':
        return await this.drop(async () => await store.release(ref));
      case 'unknown':
        return await this.drop(async () => void (await store.end(ref, { state: 'unknown' })));
    }
  }

  private async finish(): Promise<void> {
    const end = await this.keptEnd();
    const { ref, store, tickets } = this.parts;
    const isWritten = await tickets.end(ref, async () => await store.end(ref, end));
    // Erased or expired meanwhile. Where it is not known (null), the object stays for the row that may name it.
    if (isWritten === false) await this.answer?.drop();
  }

  private async keptEnd(): Promise<ReplayEnd> {
    if (this.isTooLarge) return { state: 'too-large' };
    const { head, answer } = this;
    if (!head || !answer) return { state: 'unkept' };
    const end = await answer.end();
    if (end !== 'kept') return { state: end };
    return { state: 'done', head, bytes: answer.bytes };
  }

  /** The row first: others may wait for it. */
  private async drop(write: () => Promise<void>): Promise<void> {
    await this.parts.tickets.end(this.parts.ref, write);
    await this.answer?.drop();
  }
}

/** Ids and limits of the first request are no part of the answer. */
const isOfTheAnswer = (name: string): boolean =>
  !name.startsWith('x-taskgate-') && name !== 'idempotent-replay';
