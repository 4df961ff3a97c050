#!/usr/bin/env node
// Whether the pass-through keeps memory: one API process under load, its resident memory before and after.
//   npm run soak -- --scale 0.1
// Prints JSON; exit code 1 where memory has grown by more than a tenth. Linux only; needs a build.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { memoryMiB, percentile, startBenchStack, TENANTS } from './bench-stack.mjs';
import { inParallel } from './load-client.mjs';
import { startSoakUpstream } from './soak-upstream.mjs';

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
const scaled = (/** @type {number} */ size) => Math.max(1, Math.round(size * Number(values.scale)));

const REQUESTS = scaled(20_000);
const STREAMS = scaled(200);
const BIG_BYTES = scaled(512 * 2 ** 20);
const HANG_UPS = scaled(200);
/** Fewer would leave code that is not compiled yet, and caches that are not full. */
const MIN_WARM_UP = 2_000;
const CONNECTIONS = 32;
const MOST_GROWTH = 0.1;
/** For collected memory to go back to the system. */
const SETTLE_MS = 10_000;

const [KEY] = TENANTS;
const BODY = JSON.stringify({
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'x'.repeat(150_000) }],
});

const upstream = await startSoakUpstream({ frameMs: 250 });
const stack = await startBenchStack({
  OPENAI_BASE_URL: upstream.url,
  OPENAI_API_KEY: 'sk-soak',
  // What is loaded down was never made here.
  UNKNOWN_OBJECTS: 'allow',
});
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
try {
  await load(Math.max(MIN_WARM_UP, Math.ceil(REQUESTS / 5)));
  const before = await settled();
  const loaded = await load(REQUESTS);
  const after = await settled();
  const growth = after / before - 1;
  process.stderr.write(`${round(before)} MiB before, ${round(after)} MiB after\n`);
  const result = {
    requests: REQUESTS,
    requestBytes: BODY.length,
    streams: STREAMS,
    ...loaded,
    beforeMiB: round(before),
    afterMiB: round(after),
    growthPercent: round(growth * 100),
    upload: await watched(() => upload(BIG_BYTES)),
    download: await watched(() => download(BIG_BYTES)),
    hangUpMs: await hangUps(HANG_UPS),
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = growth > MOST_GROWTH ? 1 : 0;
} finally {
  agent.destroy();
  await stack.stop();
  upstream.stop();
}

/** So many requests beside slow streams that are open all the while. @param {number} requests */
async function load(requests) {
  const streams = Array.from({ length: STREAMS }, () => call('/v1/slow', '{}', false));
  while (upstream.open() < STREAMS) await sleep(50);
  const startedAt = performance.now();
  let mostMiB = 0;
  await inParallel(requests, CONNECTIONS, async (index) => {
    const { status } = await call('/v1/chat/completions', BODY);
    if (status !== 200) throw new Error(`A request was answered with ${status}`);
    if (index % 200 === 0) mostMiB = Math.max(mostMiB, (await memoryMiB(stack.api.pid)).now);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  upstream.endStreams();
  const ends = await Promise.all(streams);
  const cut = ends.filter(({ text }) => !text.endsWith('data: [DONE]\n\n')).length;
  if (cut > 0) throw new Error(`${cut} of the slow streams were cut`);
  return { perSecond: round(requests / seconds), mostMiB: round(mostMiB) };
}

async function settled() {
  await sleep(SETTLE_MS);
  return (await memoryMiB(stack.api.pid)).now;
}

/**
 * How much more memory the process held at most while this ran.
 * @param {() => Promise<number>} work resolves with the bytes that crossed
 */
async function watched(work) {
  const before = await settled();
  let most = before;
  const sample = async () => (most = Math.max(most, (await memoryMiB(stack.api.pid)).now));
  const timer = setInterval(() => void sample(), 50);
  const startedAt = performance.now();
  const bytes = await work().finally(() => clearInterval(timer));
  const seconds = (performance.now() - startedAt) / 1000;
  const mib = bytes / 2 ** 20;
  return { mib: round(mib), mibPerSecond: round(mib / seconds), moreMiB: round(most - before) };
}

/** @param {number} bytes */
async function upload(bytes) {
  const piece = Buffer.alloc(256 * 1024, 'x');
  const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes };
  const { sent, answer } = open('/v1/files', headers);
  for (let left = bytes; left > 0; left -= piece.length) {
    const isFull = !sent.write(left < piece.length ? piece.subarray(0, left) : piece);
    if (isFull) await new Promise((resolve) => sent.once('drain', () => resolve(undefined)));
  }
  sent.end();
  const { received } = JSON.parse(await textOf(await answer));
  if (received !== bytes) throw new Error(`The upstream had ${received} of ${bytes} bytes`);
  return received;
}

/** @param {number} bytes */
async function download(bytes) {
  const { sent, answer } = open(`/v1/files/${bytes}/content`, {}, 'GET');
  sent.end();
  let received = 0;
  for await (const chunk of await answer) received += chunk.length;
  if (received !== bytes) throw new Error(`The caller had ${received} of ${bytes} bytes`);
  return received;
}

/** From a caller's leaving in the middle of a stream to the upstream's noticing. @param {number} times */
async function hangUps(times) {
  const took = [];
  for (let turn = 0; turn < times; turn += 1) {
    const { sent, answer } = open('/v1/silent', { 'content-type': 'application/json' });
    sent.end('{}');
    (await answer).once('error', () => undefined);
    const lost = new Promise((resolve) => upstream.onLost(() => resolve(undefined)));
    const leftAt = performance.now();
    sent.destroy();
    await lost;
    took.push(performance.now() - leftAt);
  }
  return { median: round(percentile(took, 0.5)), p99: round(percentile(took, 0.99)) };
}

/**
 * @param {string} path
 * @param {string} body
 * @param {boolean} [isPooled] over one of the few connections that are kept
 */
async function call(path, body, isPooled = true) {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const { sent, answer } = open(path, headers, 'POST', isPooled ? agent : false);
  sent.end(body);
  const response = await answer;
  return { status: response.statusCode, text: await textOf(response) };
}

/**
 * @param {string} path
 * @param {Record<string, string | number>} headers
 * @param {string} [method]
 * @param {Agent | false} [through]
 */
function open(path, headers, method = 'POST', through = false) {
  const all = { authorization: `Bearer ${KEY}`, ...headers };
  const sent = request(stack.url + path, { method, headers: all, agent: through });
  const answer = new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject);
  });
  return { sent, answer };
}

/** @param {import('node:http').IncomingMessage} response */
async function textOf(response) {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
