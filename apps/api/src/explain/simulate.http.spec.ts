import { GatewayError } from '@app/errors';
import { NO_OBJECTS, type Objects } from '@app/proxy';
import type { Policy } from '@app/tenants';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../testing/open-api.js';
import {
  newCaller,
  openTwoUpstreams,
  type TwoUpstreams,
  routeTo,
} from './testing/open-two-upstreams.js';

/** One is somebody else's, one lives at the other upstream. */
const FILES: Objects = {
  claim: async ({ path }) => {
    if (path === '/v1/files/theirs') throw new GatewayError('NOT_FOUND', 'No file theirs.');
    return path === '/v1/files/mine' ? { upstream: 'other', account: 'id-of-sk-other' } : null;
  },
  watchUpload: () => null,
  ownAnswer: (call, answer, read) => NO_OBJECTS.ownAnswer(call, answer, read),
  watchAnswer: (call, answer) => NO_OBJECTS.watchAnswer(call, answer),
};

const answerNothing = (request: NodeJS.ReadableStream, response: NodeJS.WritableStream): void => {
  request.resume();
  response.end('{}');
};

let opened: TwoUpstreams;
beforeAll(async () => {
  opened = await openTwoUpstreams(
    { openai: answerNothing, other: answerNothing },
    {
      routes: [
        {
          ...routeTo('fast', 'gone', 'openai', 'other'),
          targets: [
            { upstream: 'gone', model: null, weight: null, order: 0 },
            { upstream: 'openai', model: 'gpt-4o-mini', weight: null, order: 1 },
            { upstream: 'other', model: 'denied-model', weight: null, order: 2 },
          ],
          delivery: 'complete',
        },
        routeTo('nowhere', 'gone'),
      ],
      objects: FILES,
    },
  );
});
afterAll(async () => await opened?.close());

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bodyText?: string;
}

const simulated = async (call: Call, key = 'a'): Promise<unknown> => {
  const response = await opened.api.ask('/v1/simulate', { json: call, key });
  expect(response.status).toBe(200);
  return await dataOf(response);
};

/** What the call itself is refused with; null: the upstream was asked. */
async function refused(call: Call, key: string): Promise<object | null> {
  const { method = 'POST', path, headers, body, bodyText } = call;
  const text = bodyText ?? (body === undefined ? undefined : JSON.stringify(body));
  const before = opened.seen.openai.requests + opened.seen.other.requests;
  const response = await opened.api.ask(path, {
    method,
    key,
    headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(text !== undefined && { body: text }),
  });
  const answer: unknown = JSON.parse(await response.text());
  if (opened.seen.openai.requests + opened.seen.other.requests > before) return null;
  // The one error shape.
  const { error_code: code, error } = answer as { error_code: string; error: object };
  const [message, param] = [Reflect.get(error, 'message'), Reflect.get(error, 'param')];
  return { status: response.status, code, message, param };
}

const chat = (more: object = {}): Call => ({
  path: '/v1/chat/completions',
  body: { model: 'gpt-4o', max_tokens: 50, messages: [], ...more },
});

describe('POST /v1/simulate', () => {
  it('asks nobody and takes nothing, whatever is simulated', async () => {
    const key = await newCaller(opened.api, { requestsPerMinute: 1, dailyBudgetUsd: 1 });

    const first = await simulated(chat(), key);
    const second = await simulated(chat({ stream: true }), key);

    expect(opened.seen).toMatchObject({ openai: { connections: 0 }, other: { connections: 0 } });
    const limits = { after: [{ name: 'requests', remaining: 0 }, { name: 'daily-budget' }] };
    expect(first).toMatchObject({ refused: null, limits });
    expect(second).toMatchObject({ refused: null, limits });
  });

  it('shows who would be asked in which order, and why others would not', async () => {
    const key = await newCaller(opened.api, { models: { deny: ['denied-*'] } });

    const call = chat({ model: 'fast', stream: true });
    expect(await simulated(call, key)).toMatchObject({
      servedBy: 'upstream',
      refused: null,
      model: 'fast',
      looksUpReplay: false,
      plan: {
        route: 'fast',
        delivery: 'complete',
        retries: 2,
        pinned: null,
        candidates: [
          { upstream: 'gone', skip: 'There is no upstream gone.' },
          {
            upstream: 'openai',
            model: 'gpt-4o-mini',
            skip: null,
            rewrites: { model: true, usageAsked: true },
          },
          { upstream: 'other', model: 'denied-model', skip: expect.stringContaining('Policy') },
        ],
      },
    });
  });

  it('shows what it may cost at most, or why nobody knows', async () => {
    const body = JSON.stringify(chat().body);
    const most = Math.ceil(body.length / 2) * 2_500 + 50 * 10_000;

    expect(await simulated(chat())).toMatchObject({
      cost: { tokensOut: 50, mostUsd: (most / 1e9).toFixed(9).replace(/0+$/, ''), unknown: null },
    });
    expect(await simulated(chat({ model: 'llama' }))).toMatchObject({
      cost: { mostUsd: null, unknown: expect.stringContaining('price') },
    });
  });

  it('sees the headers of the call, and leaves the key of a replay alone', async () => {
    const headers = { 'idempotency-key': 'k-1', 'X-Taskgate-Delivery': 'complete' };

    expect(await simulated({ ...chat(), headers })).toMatchObject({
      looksUpReplay: true,
      plan: { delivery: 'complete' },
    });
  });

  it('knows where objects live', async () => {
    const get = { method: 'GET', path: '/v1/files/mine' };

    expect(await simulated(get)).toMatchObject({
      plan: { pinned: 'other', candidates: [{ upstream: 'other', model: null, skip: null }] },
    });
  });

  it.each<[string, Call]>([
    ['a task', { path: '/v1/tasks', body: { model: 'flux-2-pro', input: {} } }],
    [
      'a picture of another vendor',
      { path: '/v1/images/generations', body: { model: 'flux-2-pro' } },
    ],
    ['a simulation', { path: '/v1/%73imulate', body: {} }],
  ])('says that the gateway itself serves %s', async (_, call) => {
    expect(await simulated(call)).toMatchObject({ servedBy: 'gateway', refused: null, plan: null });
  });

  it.each<[string, object, string]>([
    ['no path', {}, 'path'],
    ['a path of another place', { path: '/admin/tenants' }, 'path'],
    ['an unknown field', { path: '/v1/models', model: 'gpt-4o' }, 'model'],
    ['another method', { path: '/v1/models', method: 'TRACE' }, 'method'],
    ['two bodies', { path: '/v1/responses', body: {}, bodyText: '{}' }, 'bodyText'],
    ['a bodyText that is none', { path: '/v1/responses', bodyText: {} }, 'bodyText'],
    ['a list of headers', { path: '/v1/models', headers: [] }, 'headers'],
    [
      'a header with a line break',
      { path: '/v1/models', headers: { a: 'b\r\nc: d' } },
      'headers.a',
    ],
    ['a header without a name', { path: '/v1/models', headers: { '': 'b' } }, 'headers.'],
  ])('refuses %s, naming the field', async (_, json, param) => {
    const response = await opened.api.ask('/v1/simulate', { json });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error_code: 'INVALID_REQUEST',
      error: { param },
    });
  });
});

const LIMITED: Policy = { models: { allow: ['gpt-4*', 'fast', 'nowhere'] }, maxTokens: 100 };

const VERDICTS: readonly (readonly [string, Policy, Call])[] = [
  ['a call that is let through', {}, chat()],
  ['a read', LIMITED, { method: 'GET', path: '/v1/models/gpt-4o' }],
  ['another model', LIMITED, chat({ model: 'o1' })],
  ['too large a maximum', LIMITED, chat({ max_tokens: 101 })],
  ['no maximum', LIMITED, chat({ max_tokens: null })],
  ['a field twice', {}, { ...chat(), body: undefined, bodyText: '{"model":"a","model":"b"}' }],
  ['broken JSON', LIMITED, { path: '/v1/responses', bodyText: '{"model"' }],
  ['broken JSON that nobody judges', {}, { path: '/v1/responses', bodyText: '{"model"' }],
  ['a batch', LIMITED, { path: '/v1/batches', body: {} }],
  [
    'a form',
    LIMITED,
    { ...chat(), headers: { 'content-type': 'multipart/form-data; boundary=x' } },
  ],
  ['a text', LIMITED, { ...chat(), headers: { 'content-type': 'text/plain' } }],
  ['more than is read', LIMITED, chat({ user: 'x'.repeat(11_000) })],
  ['more than is taken', {}, chat({ user: 'x'.repeat(1_100_000) })],
  ['an encoded slash', {}, { method: 'GET', path: '/v1/files%2Fmine' }],
  [
    'an endpoint',
    { endpoints: { allow: ['/v1/chat/*', '/v1/simulate'] } },
    { path: '/v1/responses', body: {} },
  ],
  ['the account of the upstream', {}, { method: 'GET', path: '/v1/organization/users' }],
  ['a maximum that is none', {}, { ...chat(), headers: { 'x-taskgate-max-cost': 'much' } }],
  ['a maximum that is passed', {}, { ...chat(), headers: { 'x-taskgate-max-cost': '0.0000001' } }],
  ['a delivery that is none', {}, { ...chat(), headers: { 'x-taskgate-delivery': 'soon' } }],
  ['no requests left', { requestsPerMinute: 0 }, chat()],
  ['too many tokens', { tokensPerMinute: 10 }, chat()],
  ['a budget of nothing', { monthlyBudgetUsd: 0 }, chat()],
  ['a price that is unknown', { dailyBudgetUsd: 1 }, chat({ model: 'llama' })],
  ['another tenant’s object', {}, { method: 'GET', path: '/v1/files/theirs' }],
  ['a route to nowhere', {}, chat({ model: 'nowhere' })],
];

describe('the verdict of a simulation', () => {
  it.each(VERDICTS)('is that of the call: %s', async (_, policy, call) => {
    const key = await newCaller(opened.api, policy);

    const { refused: foreseen } = (await simulated(call, key)) as { refused: object | null };

    expect(foreseen).toEqual(await refused(call, key));
  });

  it('is that of the call for whatever policy and body', async () => {
    const policy = fc
      .record({
        models: maybe(
          fc.record({ allow: fc.subarray(['gpt-4o', 'fast', 'no*'], { minLength: 2 }) }),
        ),
        maxTokens: maybe(fc.constantFrom(50, 100)),
        endpoints: rarely({ deny: ['/v1/responses'] }, fc.constant(undefined)),
        requestsPerMinute: maybe(rarely(0, fc.constant(5))),
        tokensPerMinute: maybe(rarely(20, fc.constant(10_000))),
        dailyBudgetUsd: maybe(rarely(0, fc.constant(5))),
      })
      .map(withoutAbsent);
    const body = fc
      .record({
        model: rarely(7, fc.constantFrom('gpt-4o', 'gpt-4o', 'fast', 'nowhere', 'llama')),
        max_tokens: rarely('many', fc.nat(120)),
        max_output_tokens: maybe(fc.nat(120)),
        stream: fc.boolean(),
        n: rarely(-1, fc.constantFrom(undefined, 3)),
        models: rarely(['x'], fc.constant(undefined)),
      })
      .map(withoutAbsent);
    const call = fc.record({
      path: rarely(
        '/v1/anything',
        fc.constantFrom('/v1/chat/completions', '/v1/responses', '/v1/embeddings'),
      ),
      body,
      headers: maybe(fc.constantFrom('0', '1', '-1')).map((usd) =>
        withoutAbsent({ 'x-taskgate-max-cost': usd }),
      ),
    });

    await fc.assert(
      fc.asyncProperty(policy, call, async (rules, made) => {
        const key = await newCaller(opened.api, rules);
        const { refused: foreseen } = (await simulated(made, key)) as { refused: object | null };

        expect(foreseen).toEqual(await refused(made, key));
      }),
      { numRuns: 80 },
    );
  });
});

/** Nine times of ten the usual. */
const rarely = <T, U>(rare: U, usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(rare) }, { weight: 9, arbitrary: usual });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** The members that are there. */
const withoutAbsent = <T>(value: Readonly<Record<string, T | undefined>>): Record<string, T> => {
  const there: [string, T][] = [];
  for (const [name, one] of Object.entries(value)) if (one !== undefined) there.push([name, one]);
  return Object.fromEntries(there);
};
