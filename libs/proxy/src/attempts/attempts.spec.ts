import { GatewayError } from '@app/errors';
import type { RequestListener, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Objects } from '../objects/objects.js';
import { call, open } from '../testing/call.js';
import { deferred } from '../testing/deferred.js';
import { RecordingGovernor } from '../testing/recording-governor.js';
import { aRoute } from '../testing/a-route.js';
import { stand, type Stand, type StandOptions } from '../testing/stand.js';

const stands: Stand[] = [];

afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

async function standing(listener: RequestListener, options: StandOptions = {}): Promise<Stand> {
  const one = await stand(listener, options);
  stands.push(one);
  return one;
}

const CHAT = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'gpt-5-mini', stream: true, messages: [] }),
};
const DELTA = 'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n';
const ERROR = 'data: {"error":{"message":"It broke","type":"server_error"}}';

const stream = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });

const chat = async ({ front }: Stand) => await call(`${front.url}/v1/chat/completions`, CHAT);

describe('a stream that is over when its first event is read', () => {
  it.each([
    ['an answer', 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'],
    ['its end', 'data: [DONE]'],
    ['an error', ERROR],
  ])('reaches the caller without a blank line behind it: %s', async (_, only) => {
    const one = await standing((_request, response) => stream(response).end(only), {
      routes: [aRoute('*', { retries: 1 })],
    });

    expect((await chat(one)).bytes.toString()).toBe(only);
  });
});

describe('an answer that is held', () => {
  const complete = aRoute('*', { delivery: 'complete' });

  it('says nothing of its target when the caller leaves', async () => {
    const begun = Array.from({ length: 5 }, () => deferred());
    const left = Array.from({ length: 5 }, () => deferred());
    let asked = 0;
    const held = await standing(
      (_request, response) => {
        const at = asked;
        asked += 1;
        if (at === begun.length) return void stream(response).end('data: [DONE]\n\n');
        response.on('close', () => left[at]?.resolve());
        stream(response).write(DELTA, () => begun[at]?.resolve());
      },
      { routes: [complete] },
    );
    for (const [at, one] of begun.entries()) {
      const { request } = open(`${held.front.url}/v1/chat/completions`, CHAT);
      request.end(CHAT.body);
      await one.promise;
      request.destroy();
      await left[at]?.promise;
    }

    expect((await chat(held)).status).toBe(200);
    expect(asked).toBe(6);
  });

  it('is not asked for again when it is too large: the next one would be too', async () => {
    let asked = 0;
    const piece = `data: {"choices":[{"delta":{"content":"${'x'.repeat(1_000_000)}"}}]}\n\n`;
    const governor = new RecordingGovernor();
    const held = await standing(
      (_request, response) => {
        asked += 1;
        stream(response);
        for (let count = 0; count < 68; count += 1) response.write(piece);
        response.end('data: [DONE]\n\n');
      },
      { routes: [complete], governor },
    );

    const { status, headers } = await chat(held);

    expect([status, headers['x-should-retry']]).toEqual([502, 'false']);
    expect(asked).toBe(1);
    expect(governor.told).toEqual(['admit', 'dispatched', 'settle']);
  });

  it('was made, and may have been paid for, also when the disk does not take it', async () => {
    const governor = new RecordingGovernor();
    const held = await standing(
      (_request, response) => stream(response).end(`data: "${'x'.repeat(2_000_000)}"\n\n`),
      { routes: [complete], governor, holdFolder: '/nowhere/at/all' },
    );

    const { status, headers } = await chat(held);

    expect([status, headers['x-should-retry']]).toEqual([503, 'false']);
    expect(governor.told).toEqual(['admit', 'dispatched', 'settle']);
    expect(governor.outcomes).toMatchObject([{ status: null, asked: { upstream: 'openai' } }]);
  });

  it('is charged or lost, not both, when it tells an error in its middle', async () => {
    const governor = new RecordingGovernor();
    const held = await standing(
      (_request, response) => stream(response).end(`${DELTA}${ERROR}\n\n`),
      { routes: [aRoute('*', { delivery: 'complete', retries: 0 })], governor },
    );

    expect((await chat(held)).bytes.toString()).toContain('It broke');
    await held.record;
    expect(governor.outcomes).toMatchObject([{ status: 200, lost: [] }]);
  });
});

describe('a call that came to nothing', () => {
  it('is not to be sent again where an attempt before the last may have done it', async () => {
    let asked = 0;
    const gone = await standing(
      (request, response) => {
        asked += 1;
        if (asked === 1) return void request.socket.destroy();
        response.writeHead(401).end('{}');
      },
      { routes: [aRoute('*')] },
    );

    const { status, headers } = await chat(gone);

    expect([status, headers['x-should-retry'], asked]).toEqual([502, 'false', 2]);
  });

  it.each([
    ['breaks off again', 1, 'socket'],
    ['tells an error in a stream', 1, ERROR],
    ['is limited in a stream', 1, 'data: {"error":{"code":"rate_limit_exceeded"}}'],
  ])(
    'is lost as often as it may have been done: the second time it %s',
    async (_, lost, second) => {
      let asked = 0;
      const governor = new RecordingGovernor();
      const gone = await standing(
        (request, response) => {
          asked += 1;
          if (asked === 1 || second === 'socket') return void request.socket.destroy();
          stream(response).end(`${second}\n\n`);
        },
        { routes: [aRoute('*', { retries: 1 })], governor },
      );

      await chat(gone);
      await gone.record;

      expect(asked).toBe(2);
      expect(governor.outcomes.map((one) => one.lost?.length)).toEqual([lost]);
    },
  );

  it('leaves no connection behind when its answer cannot be shown', async () => {
    const closed = deferred();
    const objects: Objects = {
      claim: async () => null,
      watchUpload: () => null,
      watchAnswer: () => null,
      ownAnswer: async () =>
        await Promise.reject(new GatewayError('SERVICE_UNAVAILABLE', 'The database is away.')),
    };
    const { front } = await standing(
      (_request, response) => {
        response.on('close', () => closed.resolve());
        stream(response).write(DELTA);
      },
      { objects },
    );
    const { request } = open(`${front.url}/v1/chat/completions`, CHAT);
    request.end(CHAT.body);

    await expect(closed.promise).resolves.toBeUndefined();
  });
});
