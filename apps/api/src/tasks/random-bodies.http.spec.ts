import { Catalog } from '@app/providers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi, type OpenApi } from '../testing/open-api.js';

/** Always the same bodies, so that a failure is a change's; SCHEMA_SEED tries others. */
const SEED = Number(process.env['SCHEMA_SEED'] ?? 20_261_122);
const RUNS = { seed: SEED, numRuns: 120 };
const MODELS = new Catalog().list();

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api.close());

/** What may be put into a body, by its field. */
const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  model: fc.oneof(fc.string(), fc.jsonValue()),
  input: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
  callback: fc.oneof(
    fc.record({ url: fc.oneof(fc.webUrl(), fc.string()), when: fc.constantFrom('all', 'never') }),
    fc.jsonValue(),
  ),
  metadata: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
  priority: fc.oneof(fc.constantFrom('low', 'high'), fc.jsonValue()),
  deadline: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
  onUnknown: fc.oneof(fc.constantFrom('fail', 'retry'), fc.jsonValue()),
  route: fc.oneof(fc.constant('default'), fc.jsonValue()),
  storage: fc.oneof(fc.constant('temp'), fc.jsonValue()),
  ' odd': fc.jsonValue(),
};

/** A body that is taken, in which up to two fields are anything; or anything. */
const bodies: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...MODELS),
        fc
          .subarray(Object.entries(FIELDS), { maxLength: 2 })
          .chain((some) => fc.record(Object.fromEntries(some))),
      )
      .map(([{ id, example }, more]) => ({ model: id, input: example, ...more })),
  },
);

interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly error_code: string;
  readonly error: { readonly param: string | null };
}

interface BatchResult {
  readonly taskId?: string;
  readonly error?: Refusal;
}

/** Whether a refusal says where and what: a path, or the whole that is no object. */
function expectHelpful({ message, error, error_code }: Refusal): void {
  expect(['INVALID_REQUEST', 'MODEL_UNAVAILABLE']).toContain(error_code);
  expect(message.length).toBeGreaterThan(10);
  expect(error.param === null ? message : '').toMatch(/^$|takes a JSON object|body/i);
}

describe(`random bodies (seed ${SEED})`, { timeout: 30_000 }, () => {
  it.each(['/v1/tasks', '/v1/tasks/quote'])('never break %s', async (path) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(bodies, async (json) => {
        const response = await api.ask(path, { json });
        const answer = (await response.json()) as Refusal;
        statuses.add(response.status);
        expect([200, 400, 429]).toContain(response.status);
        if (response.status === 400) expectHelpful(answer);
      }),
      RUNS,
    );
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]));
  });

  it('never break /v1/tasks/batch, where each is judged by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(bodies, { minLength: 1, maxLength: 5 }), async (tasks) => {
        const response = await api.ask('/v1/tasks/batch', { json: { tasks } });
        const answer = (await response.json()) as { data: { results: readonly BatchResult[] } };
        expect([response.status, answer.data.results.length]).toEqual([200, tasks.length]);
        for (const { taskId, error } of answer.data.results) {
          if (taskId !== undefined) continue;
          expect([400, 429]).toContain(error?.code);
          if (error?.code === 400) expectHelpful(error);
        }
      }),
      RUNS,
    );
  });

  it('never break /v1/tasks/batch as a whole', async () => {
    const whole = fc.oneof(fc.jsonValue(), fc.record({ tasks: fc.jsonValue() }));
    await fc.assert(
      fc.asyncProperty(whole, async (json) => {
        const response = await api.ask('/v1/tasks/batch', { json });
        expect([200, 400]).toContain(response.status);
        if (response.status === 400) expectHelpful((await response.json()) as Refusal);
      }),
      { ...RUNS, numRuns: 60 },
    );
  });

  it.each([
    ['a cut body', '{"model": "flux-2-pro", "input": {'],
    ['a deep body', `{"model":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['the same key twice', '{"model": "flux-2-pro", "model": "veo-3-1", "input": {}}'],
    ['a prototype', '{"model": "flux-2-pro", "input": {"__proto__": {"prompt": "x"}}}'],
    ['half a character', '{"model": "flux-2-pro", "input": {"prompt": "\\ud800"}}'],
    ['a null character', '{"model": "flux-2-pro", "input": {"prompt": "\\u0000"}}'],
    ['a number beyond all', '{"model": "flux-2-pro", "input": {"prompt": "x", "seed": 1e999}}'],
  ])('never break on %s', async (_, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await api.ask('/v1/tasks', { method: 'POST', body, headers });

    expect(response.status).toBe(400);
    expectHelpful((await response.json()) as Refusal);
  });
});
