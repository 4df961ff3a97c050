import { pipeline, Readable, type Transform } from 'node:stream';
import {
  type CallFacts,
  isPlainBody,
  isReadable,
  isStrict,
  judgeBody,
  noRoom,
  refuseDeferred,
  refuseUnreadable,
  rulesOnBody,
  unread,
} from './call-rules.js';
import type { HeldBytes, HeldLease } from './held-bytes.js';
import type { JudgedBody } from './judged-body.js';
import { isForm, type ModelScanner, modelScanner } from './model-scanner.js';
import { headerValue, type RawHeaders } from './raw-headers.js';
import { type ReadBody, readJudgedBody } from './read-judged-body.js';
import { type ObservedRequest, RequestScanner } from './request-scanner.js';
import { takeBody, type TakenBody } from './take-body.js';
import { UploadMeter } from './upload-meter.js';

export interface CallBodyParts {
  /** Null, or without a word of it in the headers: there is none. */
  readonly source: Readable | null;
  readonly headers: RawHeaders;
  readonly maxBodyBytes: number;
  readonly held: HeldBytes;
}

/** A body as it is sent; null: none. */
export type Sendable = Buffer | Readable | null;

/** The body of one call: read whole and judged where that is possible, streamed past where not. */
export class CallBody {
  private readonly source: Readable | null;
  private readonly scanner: RequestScanner;
  private readonly upload: UploadMeter;
  private readonly lease: HeldLease;
  /** Read whole: what there is to send, until it was sent. */
  private whole: ReadBody['body'] | null = null;
  /** Read in part; goes before the rest. */
  private begun: Buffer | null = null;
  private asked: ObservedRequest | null = null;
  private readBytes = 0;
  private isTaken = false;

  constructor({ source, headers, maxBodyBytes, held }: CallBodyParts) {
    this.source = source && announcesBody(headers) ? source : null;
    this.scanner = new RequestScanner(headerValue(headers, 'content-type'));
    this.upload = new UploadMeter(maxBodyBytes, (chunk) => this.scanner.write(chunk));
    this.lease = held.lease();
  }

  get isThere(): boolean {
    return this.source !== null;
  }

  /** Of the body that came in. */
  get bytes(): number {
    return Math.max(this.readBytes, this.upload.bytes);
  }

  /** Nothing of it is missing at the upstream, as far as we sent it. */
  get isSent(): boolean {
    const isWhole = this.source === null || this.asked !== null;
    return this.isTaken && (isWhole || this.upload.readableEnded);
  }

  /** What it asks for, as far as it was seen. */
  get request(): ObservedRequest {
    return this.asked ?? this.scanner.result();
  }

  /**
   * Reads it where it is JSON that may be held, and holds it against policy.
   * @returns null: there is none, or it is not read
   * @throws GatewayError; the signal's reason
   */
  async judge(
    facts: CallFacts,
    namesOf: (model: string) => readonly string[],
    signal: AbortSignal,
  ): Promise<JudgedBody | null> {
    refuseDeferred(facts);
    if (this.source) refuseUnreadable(facts);
    const isRead = isReadable(facts.headers, facts.maxJsonBytes);
    const read = this.source && isRead ? await this.read(this.source, facts, signal) : null;
    if (read || isStrict(facts)) judgeBody(facts, read, namesOf);
    return read?.body ?? null;
  }

  /**
   * The model that a form names, as far as `maxBytes` of it show; null: it shows none, or is no form. What was
   * read goes before the rest.
   * @throws GatewayError SERVICE_UNAVAILABLE where the process holds too much already; the signal's reason
   */
  async formModel(headers: RawHeaders, maxBytes: number, signal: AbortSignal) {
    const scanner = formScanner(headers);
    if (!this.source || !scanner) return null;
    const taken = await this.take(this.source, maxBytes, signal);
    if (taken.kind === 'begun' && taken.because === 'no-room') throw noRoom();
    this.begun = taken.bytes;
    await scanner.write(taken.bytes);
    return scanner.model ?? null;
  }

  /** The same bytes can be sent once more. */
  get canResend(): boolean {
    return this.source === null || this.whole !== null;
  }

  /**
   * What goes to the upstream; once, unless `canResend`.
   * @param rewrite of a body that was read
   * @param watch stands in the way of one that streams; null: nothing does
   */
  toSend(rewrite: (bytes: Buffer) => Buffer, watch: () => Transform | null): Sendable {
    this.isTaken = true;
    if (!this.source) return null;
    if (this.whole) return rewrite(this.whole.bytes);
    if (this.begun && this.begun.length > 0) this.upload.write(this.begun);
    this.begun = null;
    // One that was read to its end tells of that no more.
    const rest = this.source.readableEnded ? Readable.from([]) : this.source;
    const meter = this.upload.readFrom(rest);
    const watched = watch();
    // Whoever reads the last of them learns of an error of either.
    return watched ? pipeline(meter, watched, () => undefined) : meter;
  }

  /** Its bytes are needed no more; also where it was never sent. Whoever still has the body has none of them. */
  letGo(): void {
    if (this.whole) this.whole.bytes = NOTHING;
    this.whole = null;
    this.lease.giveBack();
  }

  close(): void {
    this.letGo();
    // A body that nobody reads would keep the connection busy.
    if (!this.isTaken) this.source?.resume();
    this.upload.destroy();
  }

  private async read(
    source: Readable,
    facts: CallFacts,
    signal: AbortSignal,
  ): Promise<ReadBody | null> {
    const { maxJsonBytes: maxBytes, endpoint } = facts;
    const taken = await this.take(source, maxBytes, signal);
    const rules = rulesOnBody(facts);
    if (taken.kind === 'begun') {
      if (rules.length > 0) throw taken.because === 'no-room' ? noRoom() : unread(rules, maxBytes);
      this.begun = taken.bytes;
      return null;
    }
    const maxTokensFields = endpoint.kind === 'text' ? endpoint.maxTokensFields : [];
    const read = readJudgedBody(taken.bytes, { maxTokensFields, strict: isStrict(facts) });
    this.whole = read.body;
    this.asked = { model: read.body.model, stream: read.body.stream };
    return read;
  }

  private async take(source: Readable, maxBytes: number, signal: AbortSignal): Promise<TakenBody> {
    const onBytes = (bytes: number): void => void (this.readBytes += bytes);
    return await takeBody(source, { maxBytes, lease: this.lease, signal, onBytes });
  }
}

/** Null: no form, or one that cannot be read. */
function formScanner(headers: RawHeaders): ModelScanner | null {
  const type = headerValue(headers, 'content-type');
  return isForm(type) && isPlainBody(headers) ? modelScanner(type) : null;
}

const NOTHING = Buffer.alloc(0);

/** RFC 9112 §6.3: a request has a body when one of these says so. */
const announcesBody = (headers: RawHeaders): boolean =>
  headerValue(headers, 'transfer-encoding') !== undefined ||
  Number(headerValue(headers, 'content-length') ?? 0) > 0;
