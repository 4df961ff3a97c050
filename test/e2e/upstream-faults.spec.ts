import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  askOnce,
  type Delivery,
  FaultyUpstreams,
  type Lane,
  type Outcome,
  RETRIES,
} from '../support/faulty-upstreams.js';
import type { SeenCall } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

/**
 * What one fault of an upstream becomes for the caller:
 * - `main`, `spare`: a whole answer of the first target, or of the other.
 * - `raised`: OpenAI's own client raises an error, whatever was said before. A number: with this status.
 * - `filtered`: an answer that says itself that a filter ended it.
 */
type Verdict = 'main' | 'spare' | 'raised' | 'filtered' | number;
/** Without a fallback, and with one. */
type Pair = readonly [alone: Verdict, spared: Verdict];

/** How an answer is asked for and, by its route, delivered. */
const WAYS = {
  plain: { streamed: false, delivery: 'live' },
  'plain, complete': { streamed: false, delivery: 'complete' },
  stream: { streamed: true, delivery: 'live' },
  'stream, complete': { streamed: true, delivery: 'complete' },
} as const satisfies Record<string, { readonly streamed: boolean; readonly delivery: Delivery }>;
type Way = keyof typeof WAYS;

type FaultRow = {
  readonly fault: string;
  /** How often the first target is asked; up to the retry budget unless told. */
  readonly asked?: number;
} & { readonly [way in Way]?: Pair };

/** The same however it is asked for. */
const always = (...pair: Pair): Omit<FaultRow, 'fault'> => ({
  plain: pair,
  stream: pair,
  'stream, complete': pair,
});

/** After the first byte a live answer can only be broken off; what is held can be asked for anew. */
const onceBegun = {
  stream: ['raised', 'raised'],
  'stream, complete': ['raised', 'spare'],
} as const satisfies Omit<FaultRow, 'fault'>;
const halfWay = {
  ...onceBegun,
  plain: ['raised', 'raised'],
  'plain, complete': ['raised', 'spare'],
} as const satisfies Omit<FaultRow, 'fault'>;

const FAULTS: readonly FaultRow[] = [
  { fault: 'error-429', ...always(429, 'spare') },
  { fault: 'error-429-retry-after', ...always(429, 'spare') },
  { fault: 'error-429-retry-after:1', ...always('main', 'spare') },
  { fault: 'quota', asked: 1, ...always(429, 'spare') },
  { fault: 'bad-key', asked: 1, ...always(502, 'spare') },
  { fault: 'error-500', ...always(500, 'spare') },
  { fault: 'error-500:1', ...always('main', 'spare') },
  { fault: 'error-503', ...always(503, 'spare') },
  { fault: 'reset', ...always(502, 'spare') },
  { fault: 'reset-after-accept', ...always(502, 'spare') },
  { fault: 'hang', asked: 1, ...always(504, 'spare') },
  { fault: 'slow-first-token', ...halfWay, stream: ['raised', 'spare'] },
  { fault: 'truncated-output', ...halfWay },
  { fault: 'stall', ...halfWay },
  { fault: 'fail', ...onceBegun, plain: [500, 'spare'] },
  { fault: 'error-frame', ...onceBegun, stream: ['raised', 'spare'] },
  { fault: 'malformed-frame', ...onceBegun },
  { fault: 'no-finish', ...onceBegun },
  // The finish reason has come: the answer is whole.
  { fault: 'no-done', asked: 1, stream: ['main', 'main'], 'stream, complete': ['main', 'main'] },
  { fault: 'context-length', asked: 1, ...always(400, 'spare') },
  { fault: 'moderated', asked: 1, ...always(400, 400) },
  { fault: 'content-filter', asked: 1, ...always('filtered', 'filtered') },
];

interface Case {
  readonly fault: string;
  readonly way: Way;
  readonly spare: boolean;
  readonly verdict: Verdict;
  readonly asked: number | null;
}

const CASES: readonly Case[] = FAULTS.flatMap(({ fault, asked = null, ...ways }) =>
  (['plain', 'plain, complete', 'stream', 'stream, complete'] as const).flatMap((way) =>
    (ways[way] ?? []).map((verdict, index) => ({ fault, way, spare: index === 1, verdict, asked })),
  ),
);

const SAID = 'one two three four five six';
const WHOLE = `You said: ${SAID}`;

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

let stack: Stack;
let upstreams: FaultyUpstreams;
let openai: OpenAI;
const results = new Map<Case, Result>();

beforeAll(async () => {
  stack = await startStack({ workers: 0 });
  upstreams = new FaultyUpstreams(stack);
  const [apiKey] = stack.keys;
  openai = new OpenAI({ apiKey, baseURL: `${stack.url}/v1`, maxRetries: 0, timeout: 30_000 });
  await upstreams.open();
  const lanes = await Promise.all(CASES.map(async (one) => [one, await laneOf(one)] as const));
  await known();
  const left = lanes.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [one, lane] of left) results.set(one, await resultOf(one, lane));
    }),
  );
});
afterAll(async () => await stack?.stop());

/** Until the gateway goes by the lanes that there are: it learns of all at once. */
async function known(): Promise<void> {
  const last = await upstreams.lane({ delivery: 'live', spare: false });
  const isKnown = async (): Promise<void> => {
    await askOnce(openai, chat(last.model, 'Is anybody there?'), false);
    if ((await last.seenByMain()).length === 0) throw new Error('The routes are not in effect');
  };
  await vi.waitFor(isKnown, { timeout: 30_000, interval: 100 });
}

async function laneOf({ way, spare }: Case): Promise<Lane> {
  return await upstreams.lane({ delivery: WAYS[way].delivery, spare });
}

async function resultOf({ fault, way }: Case, lane: Lane): Promise<Result> {
  const { streamed } = WAYS[way];
  const prompt = `${SAID} [[fault:${fault}@${lane.model}]]`;
  const outcome = await askOnce(openai, chat(lane.model, prompt), streamed);
  const [main, spare] = await Promise.all([lane.seenByMain(), lane.seenBySpare()]);
  const after = await askOnce(openai, chat(lane.model, SAID), streamed);
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

    expect(outcome).toMatchObject(expectedOf(one.verdict, lane));
    expect(main).toHaveLength(one.asked ?? main.length);
    expect(main.length + spare.length).toBeLessThanOrEqual(1 + RETRIES);
    expect(after).toMatchObject({ said: WHOLE, finish: 'stop', error: null });
    await expect
      .poll(async () => (await lane.seenByMain()).filter(({ state }) => state === 'open'))
      .toEqual([]);
  });
});

describe('a fallback', () => {
  it('gets the call as it was made, not as a text to go on with', async () => {
    const lane = await upstreams.lane({ delivery: 'complete', spare: true });
    await known();
    const cut = `${SAID} [[fault:truncated-output@${lane.model}]] [[fault:prefill-refused@${lane.spareModel}]]`;

    const outcome = await askOnce(openai, chat(lane.model, cut), true);

    expect(outcome).toMatchObject(expectedOf('spare', lane));
  });

  it('that refuses a prefill does not hide why it was asked', async () => {
    const lane = await upstreams.lane({ delivery: 'live', spare: true });
    await known();
    const begun = `So: [[fault:error-503@${lane.model}]] [[fault:prefill-refused@${lane.spareModel}]]`;
    const { model, messages } = chat(lane.model, SAID);
    const prefilled = [...messages, { role: 'assistant' as const, content: begun }];

    const outcome = await askOnce(openai, { model, messages: prefilled }, true);
    const asked = [...(await lane.seenByMain()), ...(await lane.seenBySpare())];

    expect(outcome).toMatchObject(expectedOf(503, lane));
    expect(asked.map(({ status }) => status)).toEqual([503, 400]);
  });

  it('of the same model is not asked what was too long for it', async () => {
    const lane = await upstreams.lane({ delivery: 'live', spare: true, sameModel: true });
    await known();

    const outcome = await askOnce(openai, chat(lane.model, `[[fault:context-length]]`), false);

    expect(outcome).toMatchObject({ error: { status: 400, code: 'context_length_exceeded' } });
    expect([await lane.seenByMain(), await lane.seenBySpare()]).toMatchObject([[{}], []]);
  });

  it('is not asked for a caller who has left', async () => {
    const lane = await upstreams.lane({ delivery: 'complete', spare: true });
    await known();
    const leaving = new AbortController();

    const body = chat(lane.model, `[[fault:hang@${lane.model}]]`);
    const call = openai.chat.completions.create(body, { signal: leaving.signal }).catch(String);
    await expect.poll(async () => (await lane.seenByMain()).length).toBe(1);
    leaving.abort();
    await call;

    await expect.poll(async () => await lane.seenByMain()).toMatchObject([{ state: 'left' }]);
    expect(await lane.seenBySpare()).toEqual([]);
  });
});

describe('an upstream that flaps', () => {
  it('is left alone while it is ill, and asked again when it is well, and nobody notices', async () => {
    const lane = await upstreams.lane({ delivery: 'live', spare: true });
    await known();
    const outcomes: Outcome[] = [];
    const ask = async () => {
      outcomes.push(await askOnce(openai, chat(lane.model, SAID), outcomes.length % 2 === 1));
      return outcomes.at(-1)?.model;
    };

    await lane.setFault('error-503');
    for (let call = 0; call < 20; call += 1) await ask();
    const whileIll = await lane.seenByMain();
    await lane.setFault(null);
    await expect.poll(ask).toBe(lane.model);

    expect(whileIll.length).toBeLessThan(10);
    expect(outcomes.filter(({ said, error }) => said !== WHOLE || error !== null)).toEqual([]);
  });
});

function expectedOf(verdict: Verdict, lane: Lane): object {
  const whole = { said: WHOLE, finish: 'stop', error: null };
  switch (verdict) {
    case 'main':
      return { ...whole, model: lane.model };
    case 'spare':
      return { ...whole, model: lane.spareModel };
    case 'filtered':
      return { said: 'You', finish: 'content_filter', error: null };
    case 'raised':
      return { error: {} };
    default:
      return { said: '', error: { status: verdict } };
  }
}
