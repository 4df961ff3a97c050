import { create } from 'axios';
import {
  array,
  type Arbitrary,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  record,
  subarray,
  tuple,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Json,
  type JsonObject,
  type MediaSlot,
  type Model,
  providers,
  type SubmitContext,
  validateInput,
} from '@app/providers';
import { startSandbox, type TestSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

const dashscope = providers.find(({ id }) => id === 'dashscope');
const models = dashscope?.models ?? [];
const prepare = (input: JsonObject, model: Model) => dashscope?.prepare(input, model);
const submit = async (request: JsonObject, context: SubmitContext) =>
  await dashscope?.submit(request, context);
const check = async (handle: JsonObject, context: SubmitContext) =>
  await dashscope?.check?.(handle, context);

const contextOf = (sandbox: TestSandbox): SubmitContext => ({
  http: create({ validateStatus: () => true, maxRedirects: 0, proxy: false }),
  baseUrl: `${sandbox.url}/dashscope/api/v1`,
  credential: () => Promise.resolve('key'),
  settings: {},
  attemptId: 'at-1',
  hookUrl: null,
  signal: new AbortController().signal,
});

const MEDIA: Readonly<Record<MediaSlot['kind'], string>> = {
  image: 'data:image/png;base64,AAAA',
  video: 'https://example.com/a.mp4',
  audio: 'https://example.com/a.mp3',
};

/** The request as the worker completes it. */
function filled(request: JsonObject, media: readonly MediaSlot[]): JsonObject {
  const copy: JsonObject = structuredClone(request);
  for (const { at, kind, as } of media) {
    const path = at.split('/').slice(1);
    const last = path.pop() ?? '';
    const place = path.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), copy);
    const source = as === 'url' && kind === 'image' ? 'https://example.com/a.png' : MEDIA[kind];
    Reflect.set(Object(place), last, source);
  }
  return copy;
}

function values(field: Record<string, Json>): Arbitrary<Json> {
  const { type } = field;
  if (Array.isArray(field['enum'])) return constantFrom(...(field['enum'] as Json[]));
  if (field['x-media'] !== undefined) return constant('https://example.com/a');
  if (type === 'boolean') return boolean();
  if (type === 'integer') {
    return integer({ min: Number(field['minimum']), max: Number(field['maximum']) });
  }
  if (type === 'object') return members(field['properties']);
  if (type === 'array') {
    const items = values(field['items'] as Record<string, Json>);
    return array(items, { minLength: 1, maxLength: Number(field['maxItems']) });
  }
  return field['pattern'] === undefined ? constantFrom('a cat', '船') : sizes;
}

const edge = integer({ min: 1, max: 170 }).map((steps) => steps * 16);
const sizes = tuple(edge, edge).map(([width, height]) => `${width}x${height}`);

/** A few fields at a time: of many some pair always excludes the other. */
function members(properties: Json | undefined): Arbitrary<JsonObject> {
  const fields = Object.entries(properties as Record<string, Record<string, Json>>);
  return subarray(fields, { maxLength: Math.min(5, fields.length) }).chain((some) =>
    record(Object.fromEntries(some.map(([n, field]) => [n, values(field)]))),
  );
}

/** A prompt, and what else the model cannot do without. */
function neededBy({ inputSchema, example }: Model): JsonObject {
  const required = (inputSchema['required'] as string[] | undefined) ?? [];
  const needed = new Set(['prompt', ...required]);
  return Object.fromEntries(Object.entries(example).filter(([name]) => needed.has(name)));
}

/** Without the fields that break a rule; null where it cannot be mended so. */
function obeying(model: Model, input: JsonObject): JsonObject | null {
  const wrong = new Set(validateInput(model, input).map(({ path }) => path.split('.')[1]));
  if (wrong.size === 0) return input;
  const kept = Object.entries(input).filter(([name]) => !wrong.has(name));
  if (kept.length === Object.keys(input).length) return null;
  return obeying(model, Object.fromEntries(kept));
}

describe('the stand-in of Model Studio', () => {
  it.each(models.map((model) => [model.id, model] as const))(
    'takes whatever %s prepares',
    async (_, model) => {
      const sandbox = await startSandbox();
      const context = contextOf(sandbox);
      const refused: unknown[] = [];

      await assert(
        asyncProperty(members(model.inputSchema['properties']), async (random) => {
          const input = obeying(model, { ...neededBy(model), ...random });
          const prepared = input && prepare(input, model);
          if (!prepared?.ok) return;
          const request = filled(prepared.request, prepared.media ?? []);
          await submit(request, context).catch((error: unknown) => refused.push(error, request));
        }),
        { numRuns: 100 },
      );

      expect(refused).toEqual([]);
      expect((await sandbox.submits()).length).toBeGreaterThan(0);
    },
  );

  it.each(models.map((model) => [model.id, model] as const))(
    'makes the example of %s, and says what it costs',
    async (_, model) => {
      const sandbox = await startSandbox();
      const context = contextOf(sandbox);
      const prepared = prepare(model.example, model);
      if (!prepared?.ok) throw new Error('the example is refused');

      const submitted = await submit(filled(prepared.request, prepared.media ?? []), context);
      const done =
        submitted?.state === 'accepted' ? await check(submitted.handle, context) : submitted;

      expect(done).toMatchObject({ state: 'done', usage: prepared.estimate });
      const [output] = done?.state === 'done' ? done.outputs : [];
      const link = output?.from === 'url' ? output.url : '';
      expect((await fetch(link)).headers.get('content-type')).toMatch(/^(image\/png|video\/mp4)$/);
    },
  );
});
