import type { IncomingHttpHeaders } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  /** Path and query as they arrived, `/openai/v1` included. */
  readonly path: string;
  /** Names in lower case; `authorization` is shown, the sandbox's keys being fake. */
  readonly headers: IncomingHttpHeaders;
}

/** Remembers what the OpenAI stand-in was last sent, so that a test can prove which key arrived. */
export class LastRequest {
  private seen: SeenRequest | null = null;

  remember(request: SeenRequest): void {
    this.seen = request;
  }

  read(): SeenRequest | null {
    return this.seen;
  }
}
