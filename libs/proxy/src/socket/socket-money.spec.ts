import { type LedgerEntry, LocalLimiter, OpenHolds } from '@app/tenants';
import { InMemoryLedgerStore } from '@app/tenants/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Governor, Grant } from '../governor.js';
import { MeteredGovernor } from '../money/metered-governor.js';
import { deferred } from '../testing/deferred.js';
import { RecordingGovernor } from '../testing/recording-governor.js';
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

async function open(options: SocketStandOptions): Promise<SocketStand> {
  const stand = await socketStand(options);
  stands.push(stand);
  return stand;
}

/** Money as it ships, on a ledger in memory; `kinds` are the transfers that were written. */
function money() {
  const ledger = new InMemoryLedgerStore();
  const limiter = new LocalLimiter(ledger);
  const entries: LedgerEntry[] = [];
  const sink = { add: (entry: LedgerEntry) => void entries.push(entry) };
  const governor = new MeteredGovernor({
    limiter,
    ledger: sink,
    holds: new OpenHolds(sink),
    owner: 'process-1',
  });
  const transfers = () => entries.flatMap((entry) => entry.transfers);
  return {
    governor,
    charges: () =>
      transfers()
        .filter(({ kind }) => kind !== 'release' && kind !== 'hold')
        .map(({ subject, kind, model, amountNanoUsd, usage }) => ({
          subject,
          kind,
          model,
          amountNanoUsd,
          source: usage?.source,
        })),
  };
}

const json = (event: object): string => JSON.stringify(event);
const create = (more: object = {}): string =>
  json({ type: 'response.create', model: 'gpt-4o', input: 'hi', max_output_tokens: 10, ...more });
const USAGE = { input_tokens: 8, output_tokens: 4, total_tokens: 12 };
/** Of USAGE at the prices of gpt-4o. */
const COST = 8 * 2_500 + 4 * 10_000;

/** Answers each `response.create` with a whole response. */
const answering =
  (status = 'completed', usage: object | null = USAGE) =>
  (socket: WebSocket): void => {
    let made = 0;
    socket.on('message', (data: Buffer) => {
      const { stream_id: streamId } = JSON.parse(data.toString()) as { stream_id?: string };
      made += 1;
      const stream = streamId === undefined ? {} : { stream_id: streamId };
      const response = { id: `resp_${made}`, model: 'gpt-4o-2024-08-06' };
      socket.send(json({ type: 'response.created', response, ...stream }));
      socket.send(json({ type: 'response.output_text.delta', delta: 'x', ...stream }));
      socket.send(
        json({ type: `response.${status}`, response: { ...response, status, usage }, ...stream }),
      );
    });
  };

/** Sends these, and waits for so many messages. */
async function exchange(caller: WebSocket, events: readonly string[], answers: number) {
  const told = textsOf(caller);
  await opened(caller);
  for (const event of events) caller.send(event);
  const got: { type: string; error?: object }[] = [];
  while (got.length < answers) got.push(JSON.parse(await told()) as { type: string });
  return got;
}

const usage = (tokens: number) => ({ input_tokens: tokens, output_tokens: tokens });

describe('a connection to /v1/responses', () => {
  it('is charged for each response as for a call of its own', async () => {
    const { governor, charges } = money();
    const stand = await open({ governor, upstream: answering() });
    const caller = stand.connect('/v1/responses');

    await exchange(caller, [create(), create()], 6);
    caller.close();
    const record = await stand.record;

    const charge = { kind: 'charge', model: 'gpt-4o', amountNanoUsd: COST, source: 'provider' };
    expect(charges()).toEqual([
      { subject: 'req_1-1', ...charge },
      { subject: 'req_1-2', ...charge },
    ]);
    expect(record).toMatchObject({
      status: 101,
      model: 'gpt-4o',
      tokensIn: 16,
      tokensOut: 8,
      costUsd: (2 * COST) / 1e9,
    });
  });

  it('refuses in the connection what a budget does not let through, and goes on', async () => {
    const { governor, charges } = money();
    const policy = { dailyBudgetUsd: 0.001 };
    const stand = await open({ governor, policy, upstream: answering() });

    const dear = create({ max_output_tokens: 10_000 });
    const got = await exchange(stand.connect('/v1/responses'), [dear, create()], 4);

    expect(got).toMatchObject([
      { type: 'error', status: 402, error: { code: 'budget_exceeded' } },
      { type: 'response.created' },
      {},
      { type: 'response.completed' },
    ]);
    expect(charges()).toHaveLength(1);
  });

  it('has one slot, which its responses do not take again', async () => {
    const { governor } = money();
    const policy = { maxConcurrentRequests: 1 };
    const stand = await open({ governor, policy, upstream: answering() });

    const got = await exchange(stand.connect('/v1/responses'), [create()], 3);
    const second = await refusal(stand.connect('/v1/responses'));

    expect(got.map(({ type }) => type)).toContain('response.completed');
    expect(second.status).toBe(429);
  });

  it('counts each response as a request', async () => {
    const { governor } = money();
    const policy = { requestsPerMinute: 2 };
    const stand = await open({ governor, policy, upstream: answering() });

    const got = await exchange(stand.connect('/v1/responses'), [create(), create()], 4);

    expect(got.filter(({ type }) => type === 'error')).toMatchObject([
      { error: { code: 'rate_limit_exceeded' } },
    ]);
  });

  it('takes another slot for a second response at the same time', async () => {
    const governor = new RecordingGovernor();
    const stand = await open({ governor });
    const caller = await opened(stand.connect('/v1/responses'));

    caller.send(create({ stream_id: 'a' }));
    caller.send(create({ stream_id: 'b' }));
    caller.close();
    await stand.record;

    expect(governor.calls.map(({ takes }) => takes?.slots)).toEqual([undefined, 0, 1]);
  });

  it('settles each stream by its own events', async () => {
    const governor = new RecordingGovernor();
    const stand = await open({
      governor,
      upstream: (socket) => {
        let asked = 0;
        socket.on('message', () => {
          asked += 1;
          if (asked < 2) return;
          for (const [at, stream_id] of ['b', 'a'].entries())
            socket.send(json({ type: 'response.created', stream_id, response: { id: `r${at}` } }));
          const done = 'response.completed';
          socket.send(
            json({ type: done, stream_id: 'a', response: { id: 'r1', usage: usage(1) } }),
          );
          socket.send(
            json({ type: done, stream_id: 'b', response: { id: 'r0', usage: usage(2) } }),
          );
        });
      },
    });

    const both = [create({ stream_id: 'a' }), create({ stream_id: 'b' })];
    await exchange(stand.connect('/v1/responses'), both, 4);

    expect(governor.outcomes.map((outcome) => outcome.usage.tokensIn)).toEqual([1, 2]);
  });

  it('charges nothing for a response that the upstream refuses', async () => {
    const { governor, charges } = money();
    const stand = await open({
      governor,
      policy: { dailyBudgetUsd: 1 },
      upstream: (socket) =>
        socket.on('message', () => socket.send(json({ type: 'error', status: 400, error: {} }))),
    });
    const caller = stand.connect('/v1/responses');

    await exchange(caller, [create()], 1);
    caller.close();
    await stand.record;

    expect(charges()).toEqual([]);
  });

  it('estimates what is cut in the middle', async () => {
    const { governor, charges } = money();
    const stand = await open({
      governor,
      upstream: (socket) =>
        socket.on('message', () => {
          socket.send(json({ type: 'response.created', response: { id: 'resp_1' } }));
          socket.send(json({ type: 'response.output_text.delta', delta: 'x' }), () =>
            socket.terminate(),
          );
        }),
    });
    const caller = stand.connect('/v1/responses');

    await exchange(caller, [create()], 2);
    await stand.record;

    expect(charges()).toMatchObject([{ kind: 'charge', source: 'estimated' }]);
  });

  it('goes on with a steered response on the terms of the one before', async () => {
    const governor = new RecordingGovernor();
    const stand = await open({ governor, upstream: answering() });
    const steer = json({ type: 'response.steer', previous_response_id: 'resp_1', input: 'on' });
    const caller = stand.connect('/v1/responses');
    const told = textsOf(caller);
    await opened(caller);

    caller.send(create());
    await told();
    caller.send(steer);
    for (let at = 0; at < 5; at += 1) await told();

    const [, , second] = governor.calls;
    expect(second?.body).toMatchObject({ model: 'gpt-4o', maxTokens: 10 });
    expect(governor.told.filter((word) => word === 'settle')).toHaveLength(2);
  });

  it('gives back what was let through when the caller has left meanwhile', async () => {
    const admitted = deferred<Grant>();
    const asked = deferred();
    const inner = new RecordingGovernor();
    const governor: Governor = {
      check: async () => null,
      admit: async (call: Parameters<RecordingGovernor['admit']>[0]) => {
        if (call.method === 'GET') return await inner.admit(call);
        asked.resolve();
        return await admitted.promise;
      },
    };
    const released = deferred();
    const stand = await open({ governor, upstream: answering() });
    const caller = await opened(stand.connect('/v1/responses'));

    caller.send(create());
    await asked.promise;
    caller.terminate();
    await stand.record;
    admitted.resolve({
      headers: {},
      limits: null,
      dispatched: () => expect.unreachable(),
      settle: () => expect.unreachable(),
      release: released.resolve,
    });

    await released.promise;
  });
});

const SPOKEN = {
  input_tokens: 100,
  output_tokens: 50,
  input_token_details: {
    text_tokens: 20,
    audio_tokens: 80,
    cached_tokens: 10,
    cached_tokens_details: { text_tokens: 10, audio_tokens: 0 },
  },
  output_token_details: { text_tokens: 10, audio_tokens: 40 },
};
/** At the prices of gpt-realtime, nano-USD. */
const SPOKEN_COST = 10 * 4_000 + 10 * 400 + 80 * 32_000 + 10 * 16_000 + 40 * 64_000;
/** 0.017 USD in whole pico-USD a second, and whole nano-USD of the minute. */
const WHISPER_MINUTE = 16_999_999;
/** 32,000 tokens in and 4,096 out, each at its dearest. */
const TURN_USD = (32_000 * 32 + 4_096 * 64) / 1e6;

const done = json({ type: 'response.done', response: { status: 'completed', usage: SPOKEN } });

describe('a connection to /v1/realtime', () => {
  it('is charged for each turn, whoever began it, and for what is written down', async () => {
    const { governor, charges } = money();
    const transcribed = json({
      type: 'conversation.item.input_audio_transcription.completed',
      usage: { type: 'duration', seconds: 59.2 },
    });
    const audio = { input: { transcription: { model: 'gpt-realtime-whisper' } } };
    const stand = await open({
      governor,
      upstream: (socket) => {
        socket.send(json({ type: 'session.created', session: { model: 'gpt-realtime', audio } }));
        socket.send(done);
        socket.send(transcribed);
        socket.send(done);
      },
    });
    const caller = stand.connect('/v1/realtime?model=gpt-realtime');

    await exchange(caller, [], 4);
    caller.close();
    const record = await stand.record;

    expect(charges()).toMatchObject([
      { model: 'gpt-realtime', amountNanoUsd: SPOKEN_COST, source: 'provider' },
      { model: 'gpt-realtime-whisper', amountNanoUsd: WHISPER_MINUTE, source: 'provider' },
      { model: 'gpt-realtime', amountNanoUsd: SPOKEN_COST, source: 'provider' },
    ]);
    expect(record).toMatchObject({ model: 'gpt-realtime', tokensIn: 200, tokensOut: 100 });
  });

  it('opens only where a budget has room for a turn', async () => {
    const { governor } = money();
    const path = '/v1/realtime?model=gpt-realtime';
    const poor = await open({ governor, policy: { dailyBudgetUsd: TURN_USD - 0.000001 } });
    const rich = await open({ governor: money().governor, policy: { dailyBudgetUsd: TURN_USD } });

    const answer = await refusal(poor.connect(path));
    await opened(rich.connect(path));

    expect(answer).toMatchObject({ status: 402, text: expect.stringContaining('BUDGET_EXCEEDED') });
    expect(await poor.record).toMatchObject({ status: 402, errorCode: 'BUDGET_EXCEEDED' });
  });

  it('ends when the budget has no room for another turn', async () => {
    const { governor, charges } = money();
    const stand = await open({
      governor,
      policy: { dailyBudgetUsd: TURN_USD + 0.001 },
      upstream: (socket) => socket.send(done),
    });
    const caller = stand.connect('/v1/realtime?model=gpt-realtime');
    const told = textsOf(caller);

    const end = await closed(caller);

    expect(end).toMatchObject({ code: 1008, reason: expect.stringContaining('budget') });
    expect(JSON.parse(await told())).toMatchObject({ error: { code: 'budget_exceeded' } });
    expect(charges()).toMatchObject([{ amountNanoUsd: SPOKEN_COST }]);
    expect(await stand.record).toMatchObject({ status: 101, errorCode: 'BUDGET_EXCEEDED' });
  });

  it('gives back what nobody used', async () => {
    const governor = new RecordingGovernor();
    const stand = await open({ governor });
    const caller = await opened(stand.connect('/v1/realtime?model=gpt-realtime'));

    caller.close();
    await stand.record;

    expect(governor.told).toEqual([
      'admit',
      'admit',
      'dispatched',
      'dispatched',
      'release',
      'settle',
    ]);
    expect(governor.calls).toMatchObject([
      { method: 'GET', path: '/v1/realtime' },
      { requestId: 'req_1-1', takes: { requests: 0, slots: 0 }, body: { model: 'gpt-realtime' } },
    ]);
  });

  it('pays for a turn that was under way when the caller left', async () => {
    const { governor, charges } = money();
    const stand = await open({
      governor,
      policy: { dailyBudgetUsd: 2 * TURN_USD },
      upstream: (socket) => socket.send(json({ type: 'response.created', response: {} })),
    });
    const caller = stand.connect('/v1/realtime?model=gpt-realtime');

    await exchange(caller, [], 1);
    caller.terminate();
    await stand.record;

    expect(charges()).toMatchObject([
      { kind: 'charge', amountNanoUsd: Math.round(TURN_USD * 1e9), source: 'estimated' },
    ]);
  });

  it('refuses a model whose price is not known where money is limited', async () => {
    const { governor } = money();
    const stand = await open({ governor, policy: { dailyBudgetUsd: 100 } });

    const answer = await refusal(stand.connect('/v1/realtime?model=gpt-realtime-translate'));

    expect(answer.status).toBe(402);
  });
});
