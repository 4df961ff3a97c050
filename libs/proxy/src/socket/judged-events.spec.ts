import { GatewayError } from '@app/errors';
import type { Policy } from '@app/tenants';
import { Transform } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Objects } from '../objects/objects.js';
import { deferred } from '../testing/deferred.js';
import {
  closed,
  opened,
  refusal,
  type SocketStand,
  socketStand,
  type SocketStandOptions,
  textsOf,
} from '../testing/socket-stand.js';

const stands: SocketStand[] = [];
afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

/** A connection whose upstream notes what it was sent, and says what the test has it say. */
async function talk(path: string, options: SocketStandOptions & { readonly first?: object } = {}) {
  const arrived: string[] = [];
  const upstream = deferred<WebSocket>();
  const last = deferred();
  const stand = await socketStand({
    ...options,
    upstream: (socket) => {
      upstream.resolve(socket);
      if (options.first) socket.send(JSON.stringify(options.first));
      socket.on('message', (data: Buffer) => {
        arrived.push(data.toString('utf8'));
        if (data.includes('LAST')) last.resolve();
      });
    },
  });
  stands.push(stand);
  const caller = stand.connect(path);
  const told = textsOf(caller);
  const end = closed(caller);
  await opened(caller);
  return {
    stand,
    caller,
    upstream: await upstream.promise,
    /** Sends these, and waits for as many answers of the gateway as are expected. */
    say: async (events: readonly (string | Buffer)[], answers: number): Promise<unknown[]> => {
      for (const event of events) caller.send(event);
      const got: unknown[] = [];
      while (got.length < answers) got.push(JSON.parse(await told()));
      return got;
    },
    /** What the upstream has been sent, once it has this event. */
    arrivedUntil: async (event: object): Promise<string[]> => {
      caller.send(JSON.stringify({ ...event, metadata: { mark: 'LAST' } }));
      await last.promise;
      return arrived.slice(0, -1);
    },
    told,
    end,
  };
}

const EVERYBODYS = {
  claim: async () => null,
  watchUpload: () => null,
  ownAnswer: async (_call, answer) => answer,
  watchAnswer: () => null,
} satisfies Objects;

const json = (event: object): string => JSON.stringify(event);
const create = (more: object = {}): string =>
  json({
    type: 'response.create',
    model: 'gpt-5-mini',
    input: 'hi',
    max_output_tokens: 10,
    ...more,
  });
const MINI: Policy = { models: { allow: ['gpt-5-mini', 'gpt-realtime', 'gpt-4o-transcribe'] } };

describe('events to /v1/responses', () => {
  it.each<[string, Policy, string | Buffer, object]>([
    [
      'another model',
      MINI,
      create({ model: 'gpt-5' }),
      { code: 'policy_violation', param: 'model' },
    ],
    ['no model', MINI, create({ model: undefined }), { code: 'policy_violation', param: 'model' }],
    [
      'a model of a tool',
      MINI,
      create({ tools: [{ type: 'image_generation', model: 'gpt-image-2' }] }),
      { code: 'policy_violation' },
    ],
    ['a model in capitals', MINI, create({ Model: 'gpt-5' }), { code: 'invalid_request' }],
    [
      'a key that stands twice',
      {},
      '{"type":"response.create","model":"a","model":"b"}',
      { param: 'model' },
    ],
    ['a type that stands twice', {}, '{"type":"x","type":"response.create"}', { param: 'type' }],
    ['too many tokens', { maxTokens: 5 }, create(), { param: 'max_output_tokens' }],
    [
      'no maximum',
      { maxTokens: 5 },
      create({ max_output_tokens: null }),
      { param: 'max_output_tokens' },
    ],
    ['broken JSON', MINI, '{"type":', { code: 'invalid_request' }],
    ['bytes', MINI, Buffer.from(create()), { code: 'invalid_request' }],
    ['a type that is not known', MINI, json({ type: 'batch.create' }), { param: 'type' }],
    [
      'steering of what is not known',
      MINI,
      json({ type: 'response.steer', previous_response_id: 'resp_9', input: 'x' }),
      { param: 'previous_response_id' },
    ],
  ])('with %s are refused in the connection, and not sent', async (_what, policy, event, error) => {
    const { say, arrivedUntil } = await talk('/v1/responses', { policy });

    const [told] = await say([event], 1);
    const arrived = await arrivedUntil(JSON.parse(create({ max_output_tokens: 1 })) as object);

    expect(told).toMatchObject({ type: 'error', status: expect.any(Number), error });
    expect(arrived).toEqual([]);
  });

  it('name the stream that the refusal is about', async () => {
    const { say } = await talk('/v1/responses', { policy: MINI });

    const told = await say([create({ model: 'gpt-5', stream_id: 's7' })], 1);

    expect(told).toMatchObject([{ stream_id: 's7' }]);
  });

  it('pass byte for byte where policy allows them', async () => {
    const { caller, arrivedUntil } = await talk('/v1/responses', { policy: MINI });
    const event = `{ "type":"response.create",  "model" : "gpt-5-mini", "input":"ü\\u00fc" }`;

    caller.send(event);

    expect(await arrivedUntil(JSON.parse(create()) as object)).toEqual([event]);
  });

  it('of types that came later pass where there are no rules, but nothing that cannot be read', async () => {
    const { say, arrivedUntil } = await talk('/v1/responses');

    const told = await say(['{"type":', json({ type: 'something.new' })], 1);

    expect(told).toMatchObject([{ status: 400, error: { code: 'invalid_request' } }]);
    expect(await arrivedUntil({ type: 'something.newer' })).toEqual(['{"type":"something.new"}']);
  });

  it('may go on with no object of another tenant, nor of another key', async () => {
    const claims: unknown[] = [];
    const objects: Objects = {
      ...EVERYBODYS,
      claim: async ({ method, path, body }) => {
        const text = body?.bytes.toString() ?? '';
        claims.push([method, path]);
        if (text.includes('resp_theirs')) throw new GatewayError('NOT_FOUND', 'No such response.');
        return text.includes('resp_far') ? { upstream: 'openai', account: 'another' } : null;
      },
    };
    const { say, arrivedUntil } = await talk('/v1/responses', { objects });

    const told = await say(
      [
        create({ previous_response_id: 'resp_theirs' }),
        create({ previous_response_id: 'resp_far' }),
      ],
      2,
    );

    expect(told).toMatchObject([
      { status: 404, error: { code: 'not_found' } },
      { status: 400, error: { param: 'previous_response_id' } },
    ]);
    expect(await arrivedUntil(JSON.parse(create()) as object)).toEqual([]);
    expect(claims[1]).toEqual(['POST', '/v1/responses']);
  });

  it('make a response whose id is told when it is written down whose it is', async () => {
    const asked = deferred<() => void>();
    const order: string[] = [];
    const objects: Objects = {
      ...EVERYBODYS,
      watchAnswer: (call, { account, status }) =>
        new Transform({
          transform: (chunk: Buffer, _encoding, done) => {
            order.push(`${call.requestId} ${account} ${status} ${chunk.toString()}`);
            asked.resolve(() => {
              order.push('written');
              done(null, chunk);
            });
          },
        }),
    };
    const { caller, upstream, told } = await talk('/v1/responses', { objects });
    const sent = json({ type: 'response.created', response: { id: 'resp_1' } });
    upstream.on('message', () => upstream.send(sent));

    const answer = told().then(() => order.push('told'));
    caller.send(create());
    (await asked.promise)();
    await answer;

    expect(order).toEqual(['req_1-1 id-of-sk-up 200 {"id":"resp_1"}', 'written', 'told']);
  });
});

const session = (more: object = {}): object => ({
  type: 'session.created',
  session: {
    type: 'realtime',
    model: 'gpt-realtime-2025-08-28',
    max_output_tokens: 'inf',
    ...more,
  },
});

describe('events to /v1/realtime', () => {
  it.each<[string, Policy, string]>([
    ['another model', MINI, json({ type: 'session.update', session: { model: 'gpt-realtime-2' } })],
    [
      'another model for a response',
      MINI,
      json({ type: 'response.create', response: { model: 'x' } }),
    ],
    [
      'another model that writes down',
      MINI,
      json({
        type: 'session.update',
        session: { audio: { input: { transcription: { model: 'x' } } } },
      }),
    ],
    [
      'one in the older place',
      MINI,
      json({ type: 'session.update', session: { input_audio_transcription: { model: 'x' } } }),
    ],
    ['a model twice', {}, '{"type":"session.update","session":{"model":"a","model":"b"}}'],
    [
      'too many tokens',
      { maxTokens: 5 },
      json({ type: 'session.update', session: { max_output_tokens: 6 } }),
    ],
    [
      'no end',
      { maxTokens: 5 },
      json({ type: 'session.update', session: { max_output_tokens: 'inf' } }),
    ],
    [
      'too many tokens of a response',
      { maxTokens: 5 },
      json({ type: 'response.create', response: { max_output_tokens: 6 } }),
    ],
  ])('with %s are refused in the connection, and not sent', async (_what, policy, event) => {
    const { say, arrivedUntil, told } = await talk('/v1/realtime?model=gpt-realtime', {
      policy,
      first: session(),
    });
    await told();

    const errors = await say([event.replace('{', '{"event_id":"mine",')], 1);
    const arrived = await arrivedUntil({ type: 'session.update', session: {} });

    expect(errors).toMatchObject([{ type: 'error', error: { event_id: 'mine' } }]);
    expect(arrived).toEqual([]);
  });

  it('pass only once the upstream has confirmed a maximum that policy allows', async () => {
    const policy = { maxTokens: 100 };
    const { say, upstream, told, arrivedUntil } = await talk('/v1/realtime?model=gpt-realtime', {
      policy,
      first: session(),
    });
    await told();

    const early = await say([json({ type: 'input_audio_buffer.append', audio: 'AAAA' })], 1);
    upstream.send(json({ ...session({ max_output_tokens: 50 }), type: 'session.updated' }));
    await told();

    expect(early).toMatchObject([{ error: { code: 'policy_violation' } }]);
    expect(await arrivedUntil({ type: 'input_audio_buffer.append', audio: 'BBBB' })).toEqual([]);
  });

  it('of a session for transcription pass once its model is known', async () => {
    const { say, upstream, told, arrivedUntil } = await talk('/v1/realtime?intent=transcription', {
      policy: MINI,
    });
    const append = json({ type: 'input_audio_buffer.append', audio: 'AAAA' });

    const early = await say([append], 1);
    const audio = { input: { transcription: { model: 'gpt-4o-transcribe' } } };
    upstream.send(json({ type: 'session.updated', session: { type: 'transcription', audio } }));
    await told();

    expect(early).toMatchObject([{ error: { code: 'policy_violation' } }]);
    expect(await arrivedUntil({ type: 'input_audio_buffer.append', audio: 'B' })).toEqual([]);
  });

  it('end where the upstream runs a model that nobody asked for and policy denies', async () => {
    const audio = { input: { transcription: { model: 'whisper-1' } } };

    const { told, end } = await talk('/v1/realtime?model=gpt-realtime', {
      policy: MINI,
      first: session({ audio }),
    });

    expect(await end).toMatchObject({ code: 1008 });
    expect(JSON.parse(await told())).toMatchObject({ error: { code: 'policy_violation' } });
  });
});

it('ends for a caller who asks for refusals and does not read them', async () => {
  const { stand, caller } = await talk('/v1/realtime?model=gpt-realtime', { policy: MINI });
  const event = json({ type: 'x', event_id: 'e'.repeat(250), model: 'another' });
  caller.pause();

  for (let at = 0; at < 30_000; at += 1) caller.send(event);

  expect(await stand.record).toMatchObject({ status: 101, errorCode: 'INVALID_REQUEST' });
});

describe('a handshake under policy', () => {
  it.each<[string, string, Policy]>([
    ['of a model that is not allowed', '/v1/realtime?model=gpt-realtime-2', MINI],
    ['for a call that began elsewhere', '/v1/realtime?call_id=rtc_1', MINI],
    ['for what nobody here can judge', '/v1/live/sessions', { maxTokens: 100 }],
    ['for translations', '/v1/realtime/translations?model=gpt-realtime-translate', MINI],
  ])('%s is 403', async (_what, path, policy) => {
    const stand = await socketStand({ policy, upstream: () => expect.unreachable() });
    stands.push(stand);

    const answer = await refusal(stand.connect(path));

    expect(answer).toMatchObject({
      status: 403,
      text: expect.stringContaining('POLICY_VIOLATION'),
    });
    expect(await stand.record).toMatchObject({ status: 403, errorCode: 'POLICY_VIOLATION' });
  });
});
