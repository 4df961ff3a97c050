import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataOf } from '../testing/open-api.js';
import {
  newCaller,
  openTwoUpstreams,
  type TwoUpstreams,
  routeTo,
} from './testing/open-two-upstreams.js';

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'gpt-4o-2024-08-06',
  choices: [],
  usage: {
    prompt_tokens: 1117,
    completion_tokens: 46,
    prompt_tokens_details: { cached_tokens: 1024 },
  },
});

let opened: TwoUpstreams;
beforeAll(async () => {
  opened = await openTwoUpstreams(
    {
      openai: (request, response) => {
        request.resume();
        const headers = { 'content-type': 'application/json' };
        if (request.url?.endsWith('/embeddings')) {
          response.writeHead(503, headers).end('{"error":{"message":"down"}}');
          return;
        }
        if (request.url?.endsWith('/responses')) {
          // Never ends: its caller leaves.
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n');
          return;
        }
        response.writeHead(200, headers).end(ANSWER);
      },
      other: (request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
      },
    },
    { routes: [routeTo('text-embedding-*', 'openai', 'other')] },
  );
});
afterAll(async () => await opened?.close());

const chat = (more: object = {}) => ({
  json: { model: 'gpt-4o', max_tokens: 50, messages: [], ...more },
});
const idOf = (response: Response): string => response.headers.get('x-taskgate-request-id') ?? '';
const explain = async (id: string, key = 'a'): Promise<Response> =>
  await opened.api.ask(`/v1/requests/${id}/explain`, { key });
const explained = async (response: Response, key = 'a'): Promise<unknown> =>
  await dataOf(await explain(idOf(response), key));

describe('GET /v1/requests/{requestId}/explain', () => {
  it('tells of a plain call where it went, how often it was asked and what each line costs', async () => {
    const response = await opened.api.ask('/v1/chat/completions', chat());
    await response.text();

    expect(await explained(response)).toMatchObject({
      requestId: idOf(response),
      method: 'POST',
      path: '/v1/chat/completions',
      upstream: 'openai',
      status: 200,
      errorCode: null,
      route: null,
      delivery: 'live',
      retries: { allowed: 2, used: 0 },
      candidates: [{ upstream: 'openai', model: 'gpt-4o', state: 'asked', why: null }],
      attempts: [{ upstream: 'openai', account: 'id-of-sk-openai', status: 200 }],
      refused: null,
      replayed: false,
      limits: null,
      costUsd: 0.0019725,
      price: {
        source: 'provider',
        usd: '0.0019725',
        lines: [
          { unit: 'text-in-token', units: 93, usdPerUnit: '0.0000025', usd: '0.0002325' },
          { unit: 'text-in-cached-token', units: 1024, usdPerUnit: '0.00000125', usd: '0.00128' },
          { unit: 'text-out-token', units: 46, usdPerUnit: '0.00001', usd: '0.00046' },
        ],
      },
    });
  });

  it('tells of each attempt where one target stood in for another', async () => {
    const json = { model: 'text-embedding-3-small', input: 'hello' };
    const response = await opened.api.ask('/v1/embeddings', { json });
    await response.text();

    expect(await explained(response)).toMatchObject({
      status: 200,
      upstream: 'other',
      route: 'text-embedding-*',
      candidates: [
        { upstream: 'openai', state: 'asked' },
        { upstream: 'other', state: 'asked' },
      ],
      attempts: [
        { upstream: 'openai', status: 503, mayHaveRun: false, followedBy: expect.any(String) },
        { upstream: 'other', status: 200, outcome: 'answered' },
      ],
      retries: { used: 1 },
    });
  });

  it('tells how limits stood before and after, also where one refused the call', async () => {
    const key = await newCaller(opened.api, { requestsPerMinute: 1, dailyBudgetUsd: 1 });
    const first = await opened.api.ask('/v1/chat/completions', { ...chat(), key });
    await first.text();
    const second = await opened.api.ask('/v1/chat/completions', { ...chat(), key });

    expect(await explained(first, key)).toMatchObject({
      limits: {
        before: [
          { name: 'requests', limit: 1, remaining: 1 },
          { name: 'daily-budget', limit: 1e9, remaining: 1e9 },
        ],
        after: [{ name: 'requests', limit: 1, remaining: 0 }, { name: 'daily-budget' }],
      },
    });
    expect(second.status).toBe(429);
    const { error } = (await second.json()) as { error: object }; // the one error shape
    expect(await explained(second, key)).toMatchObject({
      status: 429,
      errorCode: 'RATE_LIMIT_EXCEEDED',
      refused: { code: 'RATE_LIMIT_EXCEEDED', message: Reflect.get(error, 'message') },
      candidates: [{ upstream: 'openai', state: 'spare' }],
      attempts: [],
      limits: {
        before: [{ name: 'requests', limit: 1, remaining: 0 }, { name: 'daily-budget' }],
      },
      price: null,
    });
  });

  it.each([
    ['the body', { models: { deny: ['gpt-4o'] } }, 'model'],
    ['the path', { endpoints: { deny: ['/v1/chat/*'] } }, null],
  ])('tells what policy said of %s', async (_, policy, param) => {
    const key = await newCaller(opened.api, policy);
    const response = await opened.api.ask('/v1/chat/completions', { ...chat(), key });

    expect(response.status).toBe(403);
    const { message } = (await response.json()) as { message: string }; // the one error shape
    expect(await explained(response, key)).toMatchObject({
      status: 403,
      refused: { code: 'POLICY_VIOLATION', message, param },
      attempts: [],
      price: null,
    });
  });

  it('tells what became of a call whose caller left', async () => {
    const leaving = new AbortController();
    const response = await opened.api.ask('/v1/responses', {
      json: { model: 'gpt-4o', input: 'hello', stream: true },
      signal: leaving.signal,
    });
    leaving.abort();

    const found = await vi.waitFor(
      async () => {
        const answer = await explain(idOf(response));
        expect(answer.status).toBe(200);
        return answer;
      },
      { timeout: 10_000 },
    );
    expect(await dataOf(found)).toMatchObject({
      stream: true,
      attempts: [{ upstream: 'openai', status: 200 }],
      price: { source: 'estimated' },
    });
  });

  it('tells what the audit knows of a call that the gateway answered itself', async () => {
    const response = await opened.api.ask('/v1/tasks/tk-00000000000000000000000000');

    expect(await explained(response)).toMatchObject({
      status: 404,
      errorCode: 'NOT_FOUND',
      upstream: null,
      candidates: [],
      attempts: [],
      clocks: null,
      price: null,
    });
  });

  it('knows no other tenant’s calls, in the same words as those that nobody made', async () => {
    const response = await opened.api.ask('/v1/chat/completions', chat());
    await response.text();
    const [mine, unknown] = [idOf(response), `req_${ulid()}`];

    const [others, nobodys] = [await explain(mine, 'b'), await explain(unknown, 'b')];

    expect([others.status, nobodys.status]).toEqual([404, 404]);
    const words = async (answer: Response, id: string) =>
      (await answer.text()).replaceAll(id, '…').replaceAll(idOf(answer), '…');
    expect(await words(others, mine)).toBe(await words(nobodys, unknown));
    expect((await explain(mine)).status).toBe(200);
  });
});
