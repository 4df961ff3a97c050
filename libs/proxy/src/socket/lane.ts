import type { WebSocket } from 'ws';
import type { Judged, Message } from './message.js';

export interface LaneParts {
  readonly from: WebSocket;
  readonly to: WebSocket;
  /** What is sent on in its place, mostly itself, or null: nothing. It may take its time, and those behind it wait. */
  readonly judge: (message: Message) => Judged;
  /** The judge threw: nothing more passes. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * One direction of a connection: messages pass one by one, in their order, pings and pongs beside them. A
 * receiver that is slower than the sender slows it down: at most `MAX_WAITING_BYTES` wait in this process,
 * and what the sender's connection had read by then.
 */
export class Lane {
  /** Of the messages that came. */
  bytes = 0;
  private readonly waiting: Message[] = [];
  private work: Promise<void> = Promise.resolve();
  private lastSent: Promise<void> = Promise.resolve();
  private isRunning = false;
  private isCut = false;

  constructor(private readonly parts: LaneParts) {
    const { from, to } = parts;
    from.on('message', (data, isBinary) => this.take({ data: asBuffer(data), isBinary }));
    from.on('ping', (data) => this.takesMore && to.ping(data));
    from.on('pong', (data) => this.takesMore && to.pong(data));
  }

  /** Until what has come was judged and has left this process. */
  async idle(): Promise<void> {
    await this.work;
    await this.lastSent;
  }

  /** Nothing passes any more, what waits neither. */
  cut(): void {
    this.isCut = true;
    this.waiting.length = 0;
  }

  /** Pings that would have to wait are left out: who sends them faster than they are read gets no answer. */
  private get takesMore(): boolean {
    const { to } = this.parts;
    return to.readyState === to.OPEN && to.bufferedAmount <= MAX_WAITING_BYTES;
  }

  private take(message: Message): void {
    if (this.isCut) return;
    this.bytes += message.data.length;
    this.waiting.push(message);
    if (!this.isRunning) this.work = this.run();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    try {
      await this.passAll();
    } catch (error) {
      this.cut();
      this.parts.onFailure(error);
    } finally {
      this.isRunning = false;
    }
  }

  private async passAll(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const verdict = this.parts.judge(next);
      const passes = verdict instanceof Promise ? await this.whilePaused(verdict) : verdict;
      if (passes && !this.isCut) await this.send(passes);
    }
  }

  private async send({ data, isBinary }: Message): Promise<void> {
    const { to } = this.parts;
    this.lastSent = new Promise<void>((resolve) => {
      // One that cannot be sent went to somebody who has left; its `close` tells.
      to.send(data, { binary: isBinary }, () => resolve());
    });
    if (to.bufferedAmount > MAX_WAITING_BYTES) await this.whilePaused(this.lastSent);
  }

  private async whilePaused<T>(work: Promise<T>): Promise<T> {
    const { from } = this.parts;
    from.pause();
    try {
      return await work;
    } finally {
      from.resume();
    }
  }
}

const MAX_WAITING_BYTES = 256 * 1024;

/** A message comes as one buffer, as long as `binaryType` is left alone; the type does not say so. */
function asBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
