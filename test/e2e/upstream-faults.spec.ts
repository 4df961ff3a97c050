import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { askOnce, type Outcome } from '../support/ask-once.js';
import { CASES, type Case, expectedOf, promptOf, WAYS, whole } from '../support/fault-cases.js';
import { FaultyUpstreams, type Lane, RETRIES } from '../support/faulty-upstreams.js';
import { GatewayClient } from '../support/gateway-client.js';
import type { SeenCall } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

interface Result {
  readonly lane: Lane;
  readonly outcome: Outcome;
  /** What both upstreams were sent for it. */
  readonly main: readonly SeenCall[];
  readonly spare: readonly SeenCall[];
  /** The next call, when the upstream is well again. */
  readonly after: Outcome;
}

/** Most of them wait; more would make clocks of others run out on a small machine. */
const AT_ONCE = 16;
/** What admins do is put on record one after the other. */
const ADMIN_AT_ONCE = 4;

let stack: Stack;
let upstreams: FaultyUpstreams;
let openai: OpenAI;
let admin: GatewayClient;
let client: GatewayClient;
const results = new Map<Case, Result>();

beforeAll(async () => {
  stack = await startStack({ workers: 0 });
  upstreams = new FaultyUpstreams(stack);
  admin = new GatewayClient(stack.url, stack.adminToken);
  const [apiKey] = stack.keys;
  client = new GatewayClient(stack.url, apiKey);
  openai = new OpenAI({ apiKey, baseURL: `${stack.url}/v1`, maxRetries: 0, timeout: 30_000 });
  await upstreams.open();
  const lanes: [Case, Lane][] = [];
  await all(CASES, ADMIN_AT_ONCE, async (one) => lanes.push([one, await laneOf(one)]));
  await known();
  await all(lanes, AT_ONCE, async ([one, lane]) => results.set(one, await resultOf(one, lane)));
});
afterAll(async () => await stack?.stop());

async function all<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>) {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Until the gateway goes by the lanes that there are: it learns of all at once. */
async function known(): Promise<void> {
  const last = await upstreams.lane({ delivery: 'live', spare: false, own: {} });
  const isKnown = async (): Promise<void> => {
    await askOnce(openai, chat(last.model, 'Is anybody there?'), false);
    if ((await last.seenByMain()).length === 0) throw new Error('The routes are not in effect');
  };
  await vi.waitFor(isKnown, { timeout: 30_000, interval: 100 });
}

async function laneOf({ way, spare, own }: Case): Promise<Lane> {
  const { delivery } = WAYS[way];
  return await upstreams.lane({ delivery, spare, ...(own && { own: { key: true } }) });
}

async function resultOf({ fault, way }: Case, lane: Lane): Promise<Result> {
  const { streamed } = WAYS[way];
  const prompt = `${promptOf(lane)} [[fault:${fault}@openai]]`;
  const outcome = await askOnce(openai, chat(lane.model, prompt), streamed);
  const [main, spare] = await Promise.all([lane.seenByMain(), lane.seenBySpare()]);
  const after = await askOnce(openai, chat(lane.model, promptOf(lane)), streamed);
  return { lane, outcome, main, spare, after };
}

const chat = (model: string, content: string) => ({
  model,
  messages: [{ role: 'user' as const, content }],
});

const titled = CASES.map((one) => {
  const fallback = one.spare ? 'with a fallback' : 'alone';
  return [`${one.fault}, ${one.way}, ${fallback}: ${one.verdict}`, one] as const;
});

describe('one fault of an upstream', () => {
  it.each(titled)('%s', async (_title, one) => {
    const result = results.get(one);
    if (!result) throw new Error('It was not asked');
    const { lane, outcome, main, spare, after } = result;
    const answers = spare.filter(({ status }) => status === 200).length;

    expect(outcome).toMatchObject(expectedOf(one.verdict, lane));
    expect(answers).toBe(one.verdict === 'spare' ? 1 : 0);
    expect(main).toHaveLength(one.asked ?? main.length);
    expect(main.length + spare.length).toBeLessThanOrEqual(1 + RETRIES);
    expect(after).toMatchObject({ said: whole(lane), finish: 'stop', error: null });
    await expect
      .poll(async () => (await lane.seenByMain()).filter(({ state }) => state === 'open'))
      .toEqual([]);
  });
});

describe('a fallback', () => {
  it('gets the call as it was made, not as a text to go on with', async () => {
    const lane = await upstreams.lane({ delivery: 'complete', spare: true });
    const cut = `${promptOf(lane)} [[fault:truncated-output@openai]] [[fault:prefill-refused@openai-b]]`;

    const outcome = await askOnce(openai, chat(lane.model, cut), true);

    expect(outcome).toMatchObject(expectedOf('spare', lane));
  });

  it('that refuses a prefill does not hide why it was asked', async () => {
    const lane = await upstreams.lane({ delivery: 'live', spare: true });
    const begun = `So: [[fault:error-503@openai]] [[fault:prefill-refused@openai-b]]`;
    const { model, messages } = chat(lane.model, promptOf(lane));
    const prefilled = [...messages, { role: 'assistant' as const, content: begun }];

    const outcome = await askOnce(openai, { model, messages: prefilled }, true);
    const asked = [...(await lane.seenByMain()), ...(await lane.seenBySpare())];

    expect(outcome).toMatchObject(expectedOf(503, lane));
    expect(asked.map(({ status }) => status)).toEqual([503, 400]);
  });

  it('of the same model is not asked what was too long for it', async () => {
    const models = ['gpt-5-nano', 'gpt-5-nano'] as const;
    const lane = await upstreams.lane({ delivery: 'live', spare: true, own: { models } });
    await known();

    const outcome = await askOnce(openai, chat(lane.model, '[[fault:context-length]]'), false);

    expect(outcome).toMatchObject({ error: { status: 400, code: 'context_length_exceeded' } });
    expect([await lane.seenByMain(), await lane.seenBySpare()]).toMatchObject([[{}], []]);
  });

  it('is asked first while the upstream before it asks to wait', async () => {
    const lane = await upstreams.lane({ delivery: 'live', spare: true, own: { key: true } });
    await known();
    await lane.setFault('error-429');

    const outcomes: Outcome[] = [];
    for (let call = 0; call < 3; call += 1)
      outcomes.push(await askOnce(openai, chat(lane.model, promptOf(lane)), true));

    expect(outcomes).toMatchObject(outcomes.map(() => expectedOf('spare', lane)));
    expect(await lane.seenByMain()).toHaveLength(1);
  });

  it('is not asked for a caller who has left', async () => {
    const lane = await upstreams.lane({ delivery: 'complete', spare: true });
    const leaving = new AbortController();

    const body = chat(lane.model, `[[fault:hang@openai]]`);
    const call = openai.chat.completions.create(body, { signal: leaving.signal }).catch(String);
    await expect.poll(async () => (await lane.seenByMain()).length).toBe(1);
    leaving.abort();
    await call;

    await expect.poll(async () => await lane.seenByMain()).toMatchObject([{ state: 'left' }]);
    expect(await lane.seenBySpare()).toEqual([]);
  });
});

describe('a stream that is held', () => {
  it.each([true, false])(
    'is kept alive while upstreams are silent; fallback: %s',
    async (spare) => {
      const lane = await upstreams.lane({ delivery: 'complete', spare, own: { keepAliveMs: 200 } });
      await known();
      const body = chat(lane.model, `${promptOf(lane)} [[fault:stall@openai]]`);
      const headers = {
        authorization: `Bearer ${stack.keys[0]}`,
        'content-type': 'application/json',
      };

      const outcome = await askOnce(openai, body, true);
      const response = await fetch(`${stack.url}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, stream: true }),
      });
      const { value: first } = (await response.body?.getReader().read()) ?? {};

      expect(outcome).toMatchObject(expectedOf(spare ? 'spare' : 'raised', lane));
      expect(outcome.said).toBe(spare ? whole(lane) : '');
      expect(response.status).toBe(200);
      expect(Buffer.from(first ?? []).toString()).toMatch(/^:/);
    },
  );
});

describe('what a rescued call costs', () => {
  let lane: Lane;
  const models = ['gpt-5-mini', 'gpt-4.1-mini'] as const;

  beforeAll(async () => {
    lane = await upstreams.lane({ delivery: 'live', spare: true, own: { models } });
    await known();
  });

  const ask = async (fault: string) => {
    const body = {
      ...chat(lane.model, `${promptOf(lane)} [[fault:${fault}@openai]]`),
      max_tokens: 50,
    };
    const answer = await client.request('/v1/chat/completions', { body });
    const requestId = answer.headers.get('x-taskgate-request-id') ?? '';
    return { ...answer, requestId };
  };

  it('is the price of the model that answered, and nothing for what was turned away', async () => {
    const { status, body, requestId } = await ask('error-503');

    expect(status).toBe(200);
    await expect
      .poll(async () => await moneyOf(requestId))
      .toEqual([
        { kind: 'charge', model: 'gpt-4.1-mini', provider: 'spare', amount: priceOf(body) },
      ]);
    await expect
      .poll(async () => (await admin.request(`/admin/audit?requestId=${requestId}`)).body)
      .toMatchObject({
        data: { rows: [{ status: 200, upstream: 'spare', model: 'gpt-4.1-mini' }] },
      });
  });

  it('is not more for the tenant where the first target may have run, and a loss of the operator', async () => {
    const { body, requestId } = await ask('hang');

    await expect
      .poll(async () => await moneyOf(requestId))
      .toEqual([
        { kind: 'charge', model: 'gpt-4.1-mini', provider: 'spare', amount: priceOf(body) },
        {
          kind: 'lost',
          model: 'gpt-5-mini',
          provider: lane.upstream,
          amount: expect.stringMatching(/^[1-9]/),
        },
      ]);
  });

  it('is nothing where every target turned it away', async () => {
    const alone = await upstreams.lane({ delivery: 'live', spare: false, own: {} });
    await known();
    const body = chat(alone.model, '[[fault:error-503]]');
    const { status, headers } = await client.request('/v1/chat/completions', { body });
    const requestId = headers.get('x-taskgate-request-id') ?? '';

    await expect
      .poll(async () => (await admin.request(`/admin/audit?requestId=${requestId}`)).body)
      .toMatchObject({ data: { rows: [{ status: 503, upstream: alone.upstream }] } });
    expect(status).toBe(503);
    expect(await moneyOf(requestId)).toEqual([]);
  });
});

/** What the sandbox says it used, at the prices of gpt-4.1-mini, in nano-USD. */
const priceOf = (body: unknown): string => {
  const { usage } = body as { usage: { prompt_tokens: number; completion_tokens: number } };
  return String(usage.prompt_tokens * 400 + usage.completion_tokens * 1_600);
};

const moneyOf = async (requestId: string): Promise<readonly object[]> =>
  await withDatabase(
    stack.databaseUrl,
    async (query) =>
      await query(
        `SELECT kind, model, provider, amount_nano_usd::text AS amount FROM ledger
         WHERE subject = $1 AND kind IN ('charge', 'lost') ORDER BY kind`,
        [requestId],
      ),
  );

describe('an upstream that flaps', () => {
  it('is left alone while it is ill, and asked again when it is well, and nobody notices', async () => {
    const lane = await upstreams.lane({ delivery: 'live', spare: true, own: { key: true } });
    await known();
    const outcomes: Outcome[] = [];
    const ask = async () => {
      outcomes.push(
        await askOnce(openai, chat(lane.model, promptOf(lane)), outcomes.length % 2 === 1),
      );
      return outcomes.at(-1)?.model;
    };

    await lane.setFault('error-503');
    for (let call = 0; call < 20; call += 1) await ask();
    const whileIll = await lane.seenByMain();
    await lane.setFault(null);
    await expect.poll(ask).toBe(lane.model);

    expect(whileIll.length).toBeLessThan(10);
    expect(outcomes.filter(({ said, error }) => said !== whole(lane) || error !== null)).toEqual(
      [],
    );
  });
});
