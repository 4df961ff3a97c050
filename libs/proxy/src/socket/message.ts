/** One message of a WebSocket, its fragments put together. */
export interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}
