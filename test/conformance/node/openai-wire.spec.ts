import { DEFAULT_CLOCKS, type Route } from '@app/proxy';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPassThrough } from '../../../apps/api/src/testing/open-pass-through.js';
import { ADMIN_TOKEN } from '../../../apps/api/src/testing/open-api.js';
import { type Recorded, startStandIn } from '../stand-in/start-stand-in.mjs';
import { callsOf, type SdkCall } from './openai-calls.js';

let standIn: Awaited<ReturnType<typeof startStandIn>>;
let api: Awaited<ReturnType<typeof openPassThrough>>;

beforeAll(async () => {
  standIn = await startStandIn();
  api = await openPassThrough(`${standIn.url}/v1`);
  // Administration of the upstream's account goes through only where policy names it.
  const policy = { endpoints: { allow: ['*', '/v1/organization/*'] } };
  const path = `/admin/tenants/${api.tenantId}`;
  const allowed = await api.ask(path, { key: ADMIN_TOKEN, method: 'PATCH', json: { policy } });
  if (!allowed.ok) throw new Error(await allowed.text());
});
afterAll(async () => {
  await api?.close();
  await standIn?.close();
});

const ALIAS: Route = {
  model: 'fast',
  targets: [{ upstream: 'openai', model: 'gpt-5-mini', weight: null, order: 0 }],
  retries: 0,
  timeouts: DEFAULT_CLOCKS,
  delivery: 'live',
  keepAliveMs: 0,
};

const client = (baseURL: string, encoding = 'identity'): OpenAI =>
  new OpenAI({
    baseURL,
    apiKey: 'a',
    adminAPIKey: 'a',
    maxRetries: 0,
    defaultHeaders: { 'accept-encoding': encoding },
  });

/** Lists that the gateway merges: the upstream's entries and its own. */
const OWN = new Set(['models.list', 'videos.list']);

const CALLS = callsOf(client('http://nowhere/v1'))
  .map(({ name }, index) => ({ name, index }))
  .filter(({ name }) => !OWN.has(name));

it('knows how to send every call of the SDK', () => {
  expect(CALLS.length).toBeGreaterThan(380);
});

describe.each([
  ['in gzip', 'gzip, deflate'],
  ['as they are', 'identity'],
])('with answers %s', (_, encoding) => {
  let direct: readonly SdkCall[];
  let through: readonly SdkCall[];
  beforeAll(() => {
    direct = callsOf(client(`${standIn.url}/v1`, encoding));
    through = callsOf(client(`${api.url}/v1`, encoding));
  });

  it.each(CALLS)('$name crosses byte for byte', async ({ index }) => {
    const turn = `${encoding.length}${index}`;

    const expected = await exchange(direct[index], turn);

    expect(await exchange(through[index], turn)).toEqual(expected);
  });
});

describe('what the upstream refuses', () => {
  it.each([400, 404, 409, 422, 429, 500, 503])('with %i is given as it is', async (status) => {
    const path = `/files?x-wished-status=${status}`;
    const ask = async (url: string): Promise<unknown> =>
      await answerOf(await fetch(url + path, { headers: { authorization: 'Bearer a' } }));

    expect(await ask(`${api.url}/v1`)).toEqual(await ask(`${standIn.url}/v1`));
  });
});

describe('of the two changes that are declared', () => {
  const chat = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'zoë' }] };
  it('usage is asked for in the caller’s place, and taken out again to the byte', async () => {
    const body = { ...chat, stream: true as const };

    const direct = await ask(standIn.url, body);
    const through = await ask(api.url, body);

    expect(through.answer).toEqual(direct.answer);
    expect(through.request).toEqual({ ...direct.request, body: through.request.body });
    const asked = { ...body, stream_options: { include_usage: true } };
    expect(JSON.parse(through.request.body)).toEqual(JSON.parse(latin1(JSON.stringify(asked))));
  });

  it('an alias is replaced by the name of the model, and nothing else', async () => {
    const routed = await openPassThrough(`${standIn.url}/v1`, [ALIAS]);

    const direct = await ask(standIn.url, chat);
    const through = await ask(routed.url, { ...chat, model: 'fast' });
    await routed.close();

    expect(through).toEqual(direct);
  });
});

const ask = async (url: string, body: OpenAI.ChatCompletionCreateParams) => {
  const { completions } = client(`${url}/v1`).chat;
  const answer = await answerOf(await completions.create(body).asResponse());
  const { length: _, ...request } = requestOf(standIn.last());
  return { request, answer };
};

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** What the stand-in saw and what the caller got, without what is declared to differ. */
async function exchange(call: SdkCall | undefined, turn: string) {
  if (!call) throw new Error('The SDK has another list of calls than before');
  const answer = await answerOf(await call.send(turn));
  return { request: requestOf(standIn.last()), answer };
}

async function answerOf(response: Response) {
  const { status, headers } = response;
  const kept = [...headers].filter(([name]) => !ANSWER_DIFFERS.test(name));
  const bytes = Buffer.from(await response.arrayBuffer()).toString('latin1');
  return { status, headers: kept, bytes };
}

/** docs/pass-through.md: uncompressed, hop-by-hop, and ours beside theirs. */
const ANSWER_DIFFERS =
  /^(content-encoding|content-length|transfer-encoding|connection|keep-alive|date|x-accel-buffering|x-taskgate-.*)$/;

function requestOf({ method, target, rawHeaders, body }: Recorded) {
  const bytes = Buffer.from(body, 'base64').toString('latin1');
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && !REQUEST_DIFFERS.test(name) ? [[name, rawHeaders[at + 1] ?? ''] as const] : [],
  );
  // Each connection frames its own messages: the length is the same, its line stands elsewhere.
  const length = pairs.filter(isLength).map(([, value]) => value);
  const lines = pairs.filter((pair) => !isLength(pair)).map((pair) => pair.join(': '));
  // A form's boundary is drawn anew for each request.
  const boundary = /boundary=(\S+)/.exec(lines.join('\n'))?.[1];
  const same = (text: string): string => (boundary ? text.replaceAll(boundary, 'boundary') : text);
  return { method, target, length, lines: lines.map(same), body: same(bytes) };
}

const isLength = ([name]: readonly [string, string]): boolean => /^content-length$/i.test(name);

/** docs/pass-through.md: whose it is, where it goes, and how the answer is to be packed. */
const REQUEST_DIFFERS = /^(host|authorization|connection|accept-encoding)$/i;
