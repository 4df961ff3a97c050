import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Replays, ReplayTicket } from '../replays/replays.js';
import { open } from '../testing/call.js';
import { RecordingGovernor } from '../testing/recording-governor.js';
import { aRoute } from '../testing/a-route.js';
import { stand, type Stand } from '../testing/stand.js';

const stands: Stand[] = [];

afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

/** Writes down how the call ended that held the key. */
function ticketed(): { readonly replays: Replays; readonly ends: string[] } {
  const ends: string[] = [];
  const ended = (how: string) => async () => void ends.push(how);
  const ticket: ReplayTicket = {
    keep: () => new PassThrough(),
    keepsNothing: false,
    doubt: () => undefined,
    done: ended('done'),
    release: ended('release'),
    unknown: ended('unknown'),
  };
  return { ends, replays: { begin: async () => ({ kind: 'first', ticket }) } };
}

/** A call whose head has gone out when its upstream answers; what its ticket and the money were told. */
async function answeredLate(status: number, body: string) {
  const { ends, replays } = ticketed();
  const governor = new RecordingGovernor();
  const one = await stand(
    (_request, response) => {
      void delay(50).then(() =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      );
    },
    { routes: [aRoute('*', { retries: 0, keepAliveMs: 5 })], replays, governor },
  );
  stands.push(one);
  const { request, answer } = open(`${one.front.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  request.end('{"model":"gpt-5-mini","stream":true}');
  const head = await answer;
  head.on('error', () => undefined).resume();
  await one.record;
  return { status: head.statusCode, ends, outcomes: governor.outcomes };
}

describe('an answer to a call for a stream whose head has gone out', () => {
  it.each([400, 429, 503])('frees its key when the upstream refused it: %i', async (refusal) => {
    const { status, ends } = await answeredLate(refusal, '{"error":{"message":"No."}}');

    expect(status).toBe(200);
    expect(ends).toEqual(['release']);
  });

  it('leaves its key in doubt and is charged by its usage when it was made, and is no stream', async () => {
    const { ends, outcomes } = await answeredLate(
      200,
      '{"usage":{"prompt_tokens":9,"completion_tokens":7}}',
    );

    expect(ends).toEqual(['unknown']);
    expect(outcomes).toMatchObject([{ status: 200, usage: { tokensIn: 9, tokensOut: 7 } }]);
  });
});
