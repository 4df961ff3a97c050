import { createServer } from 'node:http';

const FRAME = `data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n`;
const END =
  'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":9}}\n\ndata: [DONE]\n\n';
const ANSWER = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'done' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
});
const PIECE = Buffer.alloc(256 * 1024, 'x');

/**
 * An upstream that chats at once, streams a word each `frameMs` to who asks for `/v1/slow`, counts what
 * is uploaded, and gives as many bytes as `/v1/files/<bytes>/content` says.
 * @param {{ frameMs: number }} pace
 */
export async function startSoakUpstream({ frameMs }) {
  const streams = new Set();
  /** Told when a call to `/v1/silent` loses its connection. */
  const lost = { tell: () => {} };
  /** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} */
  const answer = async (request, response) => {
    const [, bytes] = /^\/v1\/files\/(\d+)\/content$/.exec(request.url ?? '') ?? [];
    if (request.url === '/v1/silent') {
      response.once('close', () => lost.tell());
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(FRAME);
      return;
    }
    let received = 0;
    for await (const chunk of request) received += chunk.length;
    if (bytes) return await give(response, Number(bytes));
    if (request.url !== '/v1/slow') {
      response.setHeader('content-type', 'application/json');
      return void response.end(request.url === '/v1/files' ? JSON.stringify({ received }) : ANSWER);
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    streams.add(response);
    response.once('close', () => streams.delete(response));
  };
  const server = createServer((...exchange) => void answer(...exchange));
  const pace = setInterval(() => streams.forEach((one) => one.write(FRAME)), frameMs);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('The upstream has no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    /** How many slow streams are open. */
    open: () => streams.size,
    endStreams: () => streams.forEach((one) => one.end(END)),
    /** @param {() => void} tell */
    onLost: (tell) => (lost.tell = tell),
    stop: () => {
      clearInterval(pace);
      server.closeAllConnections();
      server.close();
    },
  };
}

/** At the pace of who takes it. @param {import('node:http').ServerResponse} response @param {number} bytes */
async function give(response, bytes) {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
  for (let left = bytes; left > 0; left -= PIECE.length) {
    const isFull = !response.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE);
    if (isFull) await new Promise((resolve) => response.once('drain', () => resolve(undefined)));
  }
  response.end();
}
