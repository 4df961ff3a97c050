import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create } from 'axios';
import type { SubmitContext } from '../provider.js';

/** What the vendor's stand-in answers next: JSON, or text as it is. `hang-up` resets the connection. */
export interface ReplayAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly hangUp?: boolean;
}

/** A request as it arrived on the wire. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** Answers the calls of one test in order, and keeps what was sent. */
export class ReplayServer {
  readonly requests: SeenRequest[] = [];
  private readonly answers: ReplayAnswer[] = [];
  private readonly server = createServer((request, response) => {
    void this.handle(request, response);
  });

  static async start(): Promise<ReplayServer> {
    const replay = new ReplayServer();
    await new Promise<void>((resolve) => {
      replay.server.listen(0, '127.0.0.1', resolve);
    });
    return replay;
  }

  get origin(): string {
    // A listening TCP server's address is never a string or null.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  answer(...answers: readonly ReplayAnswer[]): void {
    this.answers.push(...answers);
  }

  reset(): void {
    this.requests.length = 0;
    this.answers.length = 0;
  }

  /** An account's context whose calls arrive here: axios as the worker makes it, but for the door. */
  context(overrides: Partial<SubmitContext> = {}): SubmitContext {
    return {
      http: create({ validateStatus: () => true, maxRedirects: 0, proxy: false }),
      baseUrl: this.origin,
      credential: () => Promise.resolve(TEST_KEY),
      settings: {},
      attemptId: 'at-1',
      hookUrl: null,
      signal: new AbortController().signal,
      ...overrides,
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    const body: unknown = text === '' ? undefined : parse(text);
    this.requests.push({ method, path: url, headers, body });
    const next = this.answers.shift() ?? { status: 599, body: 'no answer was prepared' };
    if (next.hangUp) {
      request.socket.resetAndDestroy();
      return;
    }
    const json = typeof next.body !== 'string';
    response.writeHead(next.status ?? 200, {
      'content-type': json ? 'application/json' : 'text/html',
      ...next.headers,
    });
    response.end(json ? JSON.stringify(next.body) : next.body);
  }
}

/** A form is kept as its text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const TEST_KEY = 'key-of-the-test-0123456789';
