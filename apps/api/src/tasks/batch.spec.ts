import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());

interface Batch {
  readonly results: readonly { taskId?: string; replayed?: boolean; error?: object }[];
  readonly accepted: number;
  readonly refused: number;
}

const GOOD = { model: 'flux-2-pro', input: { prompt: 'a paper boat' } };
const send = async (tasks: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  await api.ask('/v1/tasks/batch', { json: { tasks }, headers });
const take = async (tasks: unknown, headers: Record<string, string> = {}): Promise<Batch> =>
  (await dataOf(await send(tasks, headers))) as Batch;

describe('a batch', () => {
  it('takes and refuses each task on its own, in order', async () => {
    const { results, accepted, refused } = await take([
      GOOD,
      { ...GOOD, input: {} },
      null,
      [],
      { ...GOOD, colour: 'red' },
      { ...GOOD, input: { prompt: 'a\0b' } },
      { ...GOOD, model: 'nothing' },
      { ...GOOD, deadline: 9_999 },
      GOOD,
    ]);

    const params = results.map(
      ({ error }) => (error as { error?: { param?: string } })?.error?.param,
    );
    expect(params).toEqual([
      undefined,
      'input.prompt',
      null,
      null,
      'colour',
      'input.prompt',
      'model',
      'deadline',
      undefined,
    ]);
    expect([accepted, refused]).toEqual([2, 7]);
    expect(results[1]).toMatchObject({ error: { code: 400, error_code: 'INVALID_REQUEST' } });
    expect(results[8]).toEqual({ taskId: expect.stringMatching(/^tk-/), status: 'queued' });
  });

  it('takes a thousand, each of many values', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`k${at}`, 'v']));

    const batch = await take(Array.from({ length: 1_000 }, () => ({ ...GOOD, metadata })));

    expect([batch.accepted, batch.refused]).toEqual([1_000, 0]);
    expect(new Set(batch.results.map(({ taskId }) => taskId)).size).toBe(1_000);
  });

  it('with a key gives the same tasks again', async () => {
    const headers = { 'idempotency-key': 'nightly' };
    const first = await take([GOOD, { ...GOOD, input: {} }], headers);
    const again = await take([{ input: GOOD.input, model: GOOD.model }, GOOD], headers);

    expect(again.results[0]).toMatchObject({ ...first.results[0], replayed: true });
    expect(again.results[1]).not.toHaveProperty('replayed');
    expect(again.accepted).toBe(2);
  });

  it('knows a key of each task', async () => {
    const item = { ...GOOD, idempotencyKey: 'one' };
    const first = await take([item]);
    const again = await take([
      item,
      { ...item, priority: 'high' },
      { ...GOOD, idempotencyKey: '' },
    ]);

    expect(again.results).toMatchObject([
      { ...first.results[0], replayed: true },
      { error: { error_code: 'IDEMPOTENCY_KEY_MISMATCH' } },
      { error: { error: { param: 'idempotencyKey' } } },
    ]);
  });

  it.each([
    ['none', []],
    ['too many', Array.from({ length: 1_001 }, () => GOOD)],
    ['no list', { 0: GOOD }],
    ['nothing', null],
  ])('of %s is refused as a whole', async (_, tasks) => {
    const response = await send(tasks);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { param: 'tasks', message: expect.stringContaining('1 to 1000') },
    });
  });

  it('is refused with a field that it does not have, or a key that leaves no room', async () => {
    const other = await api.ask('/v1/tasks/batch', { json: { tasks: [GOOD], callback: {} } });
    const long = await send([GOOD], { 'idempotency-key': 'k'.repeat(252) });
    const longest = await send([GOOD], { 'idempotency-key': 'k'.repeat(251) });

    expect(await other.json()).toMatchObject({ code: 400, error: { param: 'callback' } });
    expect(await long.json()).toMatchObject({ code: 400, error: { param: 'Idempotency-Key' } });
    expect(longest.status).toBe(200);
  });
});

describe('a quote', () => {
  it('says what a task would cost, and makes none', async () => {
    const before = api.tasks.tasks.size;
    const response = await api.ask('/v1/tasks/quote', { json: GOOD });

    expect(await dataOf(response)).toMatchObject({
      model: 'flux-2-pro',
      provider: 'bfl',
      estimate: 'exact',
      costUsd: expect.any(Number),
      unit: 'image',
      quantity: 1,
      accepted: true,
    });
    expect(api.tasks.tasks.size).toBe(before);
  });

  it('refuses what a create refuses, in the same words', async () => {
    const json = { ...GOOD, input: { prompt: 'x', aspect_ratio: '7:3' } };
    const create = (await (await api.ask('/v1/tasks', { json })).json()) as { message: string };
    const quote = await (await api.ask('/v1/tasks/quote', { json })).json();

    expect(quote).toMatchObject({ code: 400, message: create.message });
  });
});
