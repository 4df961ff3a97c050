import { createHash } from 'node:crypto';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {Buffer} body
 */

/**
 * What an upstream says to this request: the same for the same method, path and body, of the kind that
 * is asked for. Its content means nothing; there is enough of it to be cut anywhere.
 * @param {{ method: string, target: string, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} request
 * @returns {Answer}
 */
export function answerTo({ method, target, headers, body }) {
  const seed = createHash('sha256')
    .update(`${method} ${target.split('?', 1)[0]}`)
    .digest();
  const about = { 'x-request-id': `req_${seed.toString('hex', 0, 8)}`, ...OPENAI_HEADERS };
  const wished = /x-wished-status=(\d{3})/.exec(target)?.[1];
  if (wished) return refused(Number(wished), about);
  if (method === 'DELETE' && !accepts(headers, 'json')) {
    return { status: 204, headers: about, body: Buffer.alloc(0) };
  }
  if (wantsStream(target, body)) {
    const type = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    };
    return { status: 200, headers: { ...about, ...type }, body: events(target, body) };
  }
  if (accepts(headers, 'json')) {
    const type = { 'content-type': 'application/json' };
    return { status: 200, headers: { ...about, ...type }, body: object(target, seed) };
  }
  const type = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="zoë.bin"; filename*=UTF-8''zo%C3%AB.bin`,
    location: '/v1/realtime/calls/rtc_1',
  };
  return { status: 200, headers: { ...about, ...type }, body: noise(seed, 100_000) };
}

const OPENAI_HEADERS = {
  'openai-version': '2020-10-01',
  'openai-processing-ms': '12',
  'openai-organization': 'org-of-the-upstream',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-reset-requests': '6ms',
  'X-Odd-Case': 'kept ; as=it "is"',
};

/** @param {import('node:http').IncomingHttpHeaders} headers @param {string} type */
const accepts = ({ accept = 'application/json' }, type) => accept.includes(type);

/** @param {string} target @param {Buffer} body */
const wantsStream = (target, body) =>
  /[?&]stream=true/.test(target) ||
  /"stream":\s*true|name="stream"\r\n\r\ntrue/.test(body.toString('latin1'));

/** @param {number} status @param {Record<string, string>} headers @returns {Answer} */
function refused(status, headers) {
  const error = { message: 'Not now, zoë.', type: 'requests', param: null, code: `c${status}` };
  const told = { 'retry-after': '1', 'retry-after-ms': '900', 'x-should-retry': 'false' };
  return {
    status,
    headers: { ...headers, ...told, 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify({ error }, null, 2)),
  };
}

/** JSON with what parsers get wrong: space, long numbers, escapes, a key twice. @param {string} target @param {Buffer} seed */
const object = (target, seed) =>
  Buffer.from(
    `{\n  "id": "obj_${seed.toString('hex', 0, 4)}", "object":"list","data" : [],"has_more":false,` +
      `"path":${JSON.stringify(target)},"n":1.0,"big":12345678901234567890,"text":"zo\\u00eb 東京 \\/",` +
      `"twice":1,"twice":2,"noise":"${noise(seed, 3_000).toString('base64')}"}\n`,
  );

/** @param {string} target @param {Buffer} body */
function events(target, body) {
  const words = Array.from({ length: 40 }, (_, n) => `w${n} zoë 東京 🚢`);
  if (/\/completions/.test(target)) return Buffer.from(chatEvents(words, asksForUsage(body)));
  const frames = words.map((delta, n) => {
    const data = JSON.stringify({ type: 'response.output_text.delta', sequence_number: n, delta });
    return `event: response.output_text.delta\r\ndata: ${data}\r\n\r\n`;
  });
  return Buffer.from(`: a comment\n\n${frames.join('')}${lastEvent(target)}`);
}

/** With usage, each chunk says that it has none, and one more at the end has it. @param {string[]} words @param {boolean} withUsage */
function chatEvents(words, withUsage) {
  const chunk = (choice, none = withUsage ? ',"usage":null' : '') =>
    `data: {"id":"c1","object":"chat.completion.chunk","choices":[${choice}]${none}}\n\n`;
  const said = words.map((word) => chunk(`{"index":0,"delta":{"content":"${word}"}}`));
  const finished = chunk('{"index":0,"delta":{},"finish_reason":"stop"}');
  const usage = withUsage ? chunk('', `,"usage":${USAGE}`) : '';
  return `: a comment\n\n${said.join('')}${finished}${usage}data: [DONE]\n\n`;
}

/** @param {Buffer} body */
const asksForUsage = (body) => /"include_usage":\s*true/.test(body.toString('latin1'));

const USAGE = '{"prompt_tokens":3,"completion_tokens":40,"total_tokens":43}';

/** How a stream of this endpoint says that it is over, with its usage. @param {string} target */
function lastEvent(target) {
  const [, type = 'response.completed'] = ENDINGS.find(([path]) => target.startsWith(path)) ?? [];
  const usage = { input_tokens: 3, output_tokens: 40, total_tokens: 43 };
  const rest = type === 'response.completed' ? { response: { id: 'resp_1', usage } } : { usage };
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

const ENDINGS = [
  ['/v1/images/generations', 'image_generation.completed'],
  ['/v1/images/edits', 'image_edit.completed'],
  ['/v1/audio/speech', 'speech.audio.done'],
  ['/v1/audio/transcriptions', 'transcript.text.done'],
];

/** @param {Buffer} seed @param {number} length */
function noise(seed, length) {
  const blocks = [];
  for (let at = 0; at * 64 < length; at += 1) {
    blocks.push(createHash('sha512').update(seed).update(String(at)).digest());
  }
  return Buffer.concat(blocks, length);
}
