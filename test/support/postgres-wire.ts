/** One statement as a client sent it: its text, and the values that go with it as text (null: NULL or binary). */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** Inside `BEGIN` … `COMMIT`; those two and whatever stands alone are not. */
  readonly inTransaction: boolean;
  /** Texts of the statements before it in the same transaction, for its `COMMIT` too; else empty. */
  readonly before: readonly string[];
}

/** A message of the protocol, whole: type and length included. */
export interface WireMessage {
  /** One letter; empty for the first message of a connection, which has no type. */
  readonly type: string;
  readonly bytes: Buffer;
}

/**
 * Cuts a stream of bytes into the messages of the Postgres protocol (version 3).
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class WireReader {
  private rest = Buffer.alloc(0);

  /** @param startsUntyped a client's first message has a length and no type */
  constructor(private startsUntyped: boolean) {}

  read(chunk: Buffer): readonly WireMessage[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const messages: WireMessage[] = [];
    for (let message = this.next(); message !== null; message = this.next()) messages.push(message);
    return messages;
  }

  private next(): WireMessage | null {
    const head = this.startsUntyped ? 0 : 1;
    if (this.rest.length < head + 4) return null;
    const size = head + this.rest.readInt32BE(head);
    if (this.rest.length < size) return null;
    const bytes = this.rest.subarray(0, size);
    this.rest = this.rest.subarray(size);
    this.startsUntyped = false;
    return { type: head === 0 ? '' : String.fromCharCode(bytes[0] ?? 0), bytes };
  }
}

/** Follows one client: which text a prepared statement has, and which transaction a statement is in. */
export class StatementReader {
  private readonly texts = new Map<string, string>();
  private transaction: string[] | null = null;

  /** @returns the statement that this message runs; null when it runs none */
  read({ type, bytes }: WireMessage): Statement | null {
    if (type === 'P') {
      const [name, text] = [textAt(bytes, 5), textAt(bytes, 5 + lengthAt(bytes, 5))];
      this.texts.set(name, text);
      return null;
    }
    if (type === 'Q') return this.follow(textAt(bytes, 5), []);
    if (type !== 'B') return null;
    const statementAt = 5 + lengthAt(bytes, 5);
    const text = this.texts.get(textAt(bytes, statementAt)) ?? '';
    return this.follow(text, valuesAt(bytes, statementAt + lengthAt(bytes, statementAt)));
  }

  private follow(text: string, values: readonly (string | null)[]): Statement {
    const before = [...(this.transaction ?? [])];
    if (/^\s*(COMMIT|ROLLBACK|END)\b/i.test(text)) this.transaction = null;
    const inTransaction = this.transaction !== null;
    this.transaction?.push(text);
    if (/^\s*(BEGIN|START TRANSACTION)\b/i.test(text)) this.transaction = [];
    return { text, values, inTransaction, before };
  }
}

/** Whether this statement makes a change durable that a statement of this text wrote: by itself, or as its `COMMIT`. */
export function commits(pattern: RegExp, { text, inTransaction, before }: Statement): boolean {
  if (/^\s*COMMIT\b/i.test(text)) return before.some((earlier) => pattern.test(earlier));
  return !inTransaction && pattern.test(text);
}

/** A text that ends with a zero byte. */
const textAt = (bytes: Buffer, at: number): string =>
  bytes.toString('utf8', at, bytes.indexOf(0, at));

/** Its length, the zero byte included. */
const lengthAt = (bytes: Buffer, at: number): number => bytes.indexOf(0, at) - at + 1;

/** The values of a `Bind`: formats, then a length and bytes for each; -1 is NULL. */
function valuesAt(bytes: Buffer, at: number): readonly (string | null)[] {
  const formats = bytes.readInt16BE(at);
  const countAt = at + 2 + 2 * formats;
  const values: (string | null)[] = [];
  let next = countAt + 2;
  for (let left = bytes.readInt16BE(countAt); left > 0; left -= 1) {
    const length = bytes.readInt32BE(next);
    next += 4;
    values.push(length === -1 ? null : bytes.toString('utf8', next, next + length));
    next += Math.max(0, length);
  }
  return values;
}
