/** One message of a WebSocket, its fragments put together. */
export interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What is sent on in the place of a message; null: nothing. */
export type Judged = Message | null | Promise<Message | null>;
