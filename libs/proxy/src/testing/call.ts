import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request under way: write its body, await its answer's head. */
export interface Call {
  readonly request: ClientRequest;
  readonly answer: Promise<IncomingMessage>;
}

/** Opens a request and sends its head; each has a connection of its own. */
export function open(url: string, options: RequestOptions = {}): Call {
  const sent = request(url, { agent: false, ...options });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  // A test that breaks the call off may not be waiting for the answer.
  answer.catch(() => undefined);
  sent.on('error', () => undefined);
  sent.flushHeaders();
  return { request: sent, answer };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly bytes: Buffer;
  readonly trailers: IncomingMessage['trailers'];
}

/** One whole exchange. */
export async function call(
  url: string,
  options: RequestOptions & { readonly body?: string | Buffer } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  const { request: sent, answer } = open(url, rest);
  sent.end(body);
  const head = await answer;
  const bytes = await buffer(head);
  const { statusCode = 0, headers, rawHeaders } = head;
  return { status: statusCode, headers, rawHeaders, bytes, trailers: head.trailers };
}

/** The next piece of an answer as text. */
export async function nextPiece(answer: IncomingMessage): Promise<string> {
  return await new Promise((resolve, reject) => {
    answer.once('error', reject);
    answer.once('data', (piece: Buffer) => {
      answer.pause();
      resolve(piece.toString('utf8'));
    });
    answer.resume();
  });
}
