import type { ClientRequest, RequestListener } from 'node:http';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { call, nextPiece, open } from './testing/call.js';
import { deferred } from './testing/deferred.js';
import { RecordingGovernor } from './testing/recording-governor.js';
import { stand, type Stand, type StandOptions } from './testing/stand.js';

const stands: Stand[] = [];

afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

async function standing(listener: RequestListener, options: StandOptions = {}): Promise<Stand> {
  const opened = await stand(listener, options);
  stands.push(opened);
  return opened;
}

const CHAT = '/v1/chat/completions';
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'multipart/form-data; boundary=b' };
const BODY = '{"model":"gpt-5","max_tokens":5}';
const POST = { method: 'POST', headers: JSON_TYPE };

describe('what a governor is asked', () => {
  it('is the call with its body as it came, before the upstream sees it', async () => {
    const governor = new RecordingGovernor({ nanoUsd: 1_500_000 });
    const { front, record } = await standing(
      (_, response) => {
        expect(governor.told).toEqual(['admit', 'dispatched']);
        response.writeHead(200, JSON_TYPE).end('{"usage":{"prompt_tokens":3}}');
      },
      { governor },
    );

    const headers = { ...JSON_TYPE, 'x-taskgate-max-cost': '0.25' };
    const answer = await call(`${front.url}/v1//chat/completions?x=1`, {
      method: 'POST',
      headers,
      body: BODY,
    });

    expect(governor.calls).toMatchObject([
      {
        requestId: 'req_1',
        method: 'POST',
        path: '/v1/chat/completions',
        maxCostUsd: 0.25,
        body: { model: 'gpt-5', maxTokens: 5, choices: 1, stream: false, bytes: Buffer.from(BODY) },
      },
    ]);
    expect(answer.headers['x-taskgate-ratelimit-remaining-requests']).toBe('7');
    expect(governor.outcomes).toMatchObject([
      { status: 200, cut: false, bytesOut: 29, usage: { tokensIn: 3 } },
    ]);
    expect((await record).costUsd).toBe(0.0015);
  });

  it.each([
    ['GET', '/v1/models', {}, undefined],
    ['POST', '/v1/files', FORM_TYPE, '--b--'],
    ['POST', '/v1/audio/transcriptions', FORM_TYPE, '--b--'],
    ['POST', CHAT, { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'zipped'],
    ['POST', '/v1/vector_stores', { 'content-type': 'text/plain' }, 'x'],
  ])('is %s %s without a body that nobody reads', async (method, path, headers, body) => {
    const governor = new RecordingGovernor();
    const { front } = await standing((_, response) => response.end(), { governor });

    await call(front.url + path, { method, headers, ...(body !== undefined && { body }) });

    expect(governor.calls).toMatchObject([{ method, path, body: null }]);
    expect(governor.told).toEqual(['admit', 'dispatched', 'settle']);
  });

  it('is nothing, where the call is refused before', async () => {
    const governor = new RecordingGovernor();
    const policy = { models: { allow: ['o3'] } };
    const { front } = await standing(() => expect.unreachable(), { governor, policy });

    await call(front.url + CHAT, { ...POST, body: BODY });

    expect(governor.told).toEqual([]);
  });

  it('tells how the limits stand also when the upstream fails', async () => {
    const governor = new RecordingGovernor();
    const { front } = await standing((request) => request.socket.destroy(), { governor });

    const answer = await call(front.url + CHAT, { ...POST, body: BODY });

    expect(answer.status).toBe(502);
    expect(answer.headers['x-taskgate-ratelimit-remaining-requests']).toBe('7');
  });
});

/** One way that a call can end: what the upstream, the caller or the gateway does. */
interface Ending {
  readonly name: string;
  readonly told: readonly string[];
  /** What it was settled with, where it was. */
  readonly outcomes?: readonly { readonly status: number | null; readonly cut: boolean }[];
  readonly options?: Partial<StandOptions>;
  readonly upstream?: RequestListener;
  readonly governor?: { readonly refuses: true };
  readonly act?: (front: string) => Promise<void>;
}

const post = async (front: string): Promise<void> =>
  await call(front + CHAT, { ...POST, body: BODY }).then(
    () => undefined,
    () => undefined,
  );

const SETTLED = ['admit', 'dispatched', 'settle'];

const ENDINGS: readonly Ending[] = [
  { name: 'whole', told: SETTLED, outcomes: [{ status: 200, cut: false }] },
  {
    name: 'refused by the upstream',
    told: SETTLED,
    outcomes: [{ status: 400, cut: false }],
    upstream: (_, response) => response.writeHead(400).end('no'),
  },
  {
    name: 'broken before the answer',
    told: SETTLED,
    outcomes: [{ status: null, cut: true }],
    upstream: (request) => request.resume().once('end', () => request.socket.destroy()),
  },
  {
    name: 'cut in the answer',
    told: SETTLED,
    outcomes: [{ status: 200, cut: true }],
    upstream: (request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => request.socket.destroy());
    },
  },
  {
    name: 'an answer that cannot be read',
    told: SETTLED,
    outcomes: [{ status: null, cut: true }],
    upstream: (request) =>
      request.socket.end('HTTP/1.1 200 OK\r\nx-a: \x7f\r\ncontent-length: 0\r\n\r\n'),
  },
  { name: 'no key', told: ['admit', 'release'], options: { keys: '' } },
  {
    name: 'no upstream',
    told: ['admit', 'dispatched', 'release'],
    options: { baseUrl: 'http://127.0.0.1:1/v1' },
  },
  { name: 'refused by the governor', told: ['admit'], governor: { refuses: true } },
  {
    name: 'a caller who leaves before the answer',
    told: SETTLED,
    outcomes: [{ status: null, cut: true }],
    upstream: () => undefined,
    act: async (front) => {
      const { request } = open(front + CHAT, POST);
      request.end(BODY);
      await new Promise((resolve) => setTimeout(resolve, 60));
      request.destroy();
    },
  },
  {
    name: 'a caller who leaves in the answer',
    told: SETTLED,
    outcomes: [{ status: 200, cut: true }],
    upstream: (_, response) => void response.write('half'),
    act: async (front) => {
      const { request, answer } = open(front + CHAT, POST);
      request.end(BODY);
      await nextPiece(await answer);
      request.destroy();
    },
  },
  {
    name: 'a caller who leaves before the body ended',
    told: [],
    act: async (front) => {
      const { request } = open(front + CHAT, POST);
      request.write('{"model":');
      await new Promise((resolve) => setTimeout(resolve, 30));
      request.destroy();
    },
  },
  {
    name: 'an upload that turns out too large',
    told: ['admit', 'dispatched', 'release'],
    options: { maxBodyBytes: 10 },
    upstream: (request) => void request.resume(),
    act: async (front) => {
      const { request, answer } = open(`${front}/v1/files`, { method: 'POST', headers: FORM_TYPE });
      request.write('five.');
      await new Promise((resolve) => setTimeout(resolve, 30));
      request.end('and six');
      await answer;
    },
  },
];

async function endIn(ending: Ending): Promise<RecordingGovernor> {
  const governor = new RecordingGovernor(ending.governor);
  const upstream = ending.upstream ?? ((_, response) => void response.end('ok'));
  const opened = await stand(upstream, { ...ending.options, governor });
  try {
    await (ending.act ?? post)(opened.front.url);
    await opened.record;
    return governor;
  } finally {
    await opened.close();
  }
}

describe('what was granted', () => {
  it.each(ENDINGS)('ends once: $name', async (ending) => {
    const { told, outcomes } = await endIn(ending);

    expect(told).toEqual(ending.told);
    expect(outcomes).toMatchObject(ending.outcomes ?? []);
  });

  it('ends once, and never by a release of what the upstream answered, whatever is cut when', async () => {
    const cut = fc.record({
      answerAfterMs: fc.option(fc.nat(8), { nil: null }),
      endsAfterMs: fc.option(fc.nat(8), { nil: null }),
      leavesAfterMs: fc.option(fc.nat(16), { nil: null }),
      drainsAfterMs: fc.option(fc.nat(16), { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(cut, async (times) => {
        const governor = new RecordingGovernor();
        const drain = new AbortController();
        let answered = false;
        const opened = await stand(
          (request, response) => {
            const later = (ms: number | null, act: () => void) =>
              ms === null ? request.socket.destroy() : setTimeout(act, ms);
            request.resume();
            later(times.answerAfterMs, () => {
              answered = true;
              response.write('a');
              later(times.endsAfterMs, () => response.end());
            });
          },
          { governor, signal: drain.signal },
        );
        const { request, answer } = open(opened.front.url + CHAT, POST);
        request.end(BODY);
        answer.then((head) => head.resume().on('error', () => undefined)).catch(() => undefined);
        if (times.leavesAfterMs !== null) setTimeout(() => request.destroy(), times.leavesAfterMs);
        if (times.drainsAfterMs !== null) setTimeout(() => drain.abort(), times.drainsAfterMs);
        // A request that was destroyed before it was sent never comes to the front.
        await Promise.race([opened.record, closed(request).then(() => settled(governor))]);
        await opened.close();

        const ends = governor.told.filter((word) => word === 'settle' || word === 'release');
        expect(ends).toHaveLength(governor.told.includes('admit') ? 1 : 0);
        expect(answered && ends.includes('release')).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

const closed = (request: ClientRequest): Promise<unknown> =>
  new Promise((resolve) => request.once('close', resolve));

/** Until what began is over. */
async function settled(governor: RecordingGovernor): Promise<void> {
  const over = deferred();
  const look = (): void => {
    const begun = governor.told.includes('admit');
    const isOver = governor.told.some((word) => word === 'settle' || word === 'release');
    if (!begun || isOver) over.resolve();
    else setImmediate(look);
  };
  setTimeout(look, 20);
  await over.promise;
}
