import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constantFrom,
  double,
  integer,
  property,
  record,
  string,
  tuple,
} from 'fast-check';
import { shippedPrices } from '@app/prices';
import { describe, expect, it } from 'vitest';
import { Catalog, normalizeModelName, submitSafetyOf } from './catalog.js';
import { MEDIA_KEYWORD, RULE_KEYWORD } from './input-fields.js';
import { at, listAt, objectAt, present, textAt } from './json.js';
import type { Model } from './model.js';
import type { Json, JsonObject, Prepared, SubmitSafety } from './provider.js';
import { validateInput } from './validate-input.js';

/** The unified vocabulary, as the contract lists it; no model invents a field. */
const VOCABULARY = new Set(
  `prompt negative_prompt aspect_ratio size resolution n seed image_urls mask_url first_frame_url
   last_frame_url reference_image_urls duration generate_audio quality background output_format
   prompt_extend watermark safety video_url audio_url reference_video_urls reference_audio_urls
   provider_options`.split(/\s+/),
);

const catalog = new Catalog();
const models = catalog.list().map((model) => [model.id, model] as const);

describe('submitSafetyOf', () => {
  it.each([
    ['flux-2-pro', 'hook-correlates'],
    ['happyhorse-1-0', 'findable'],
    ['qwen-image-2-0', 'none'],
    ['qwen-image-plus', 'findable'],
    ['wan-2-7', 'findable'],
    ['gpt-image-2', 'none'],
    ['veo-3-1', 'none'],
  ])('%s: %s', (id, safety) => {
    const model = catalog.list().find((known) => known.id === id);

    expect(model && submitSafetyOf(model, catalog.providerOf(model))).toBe(safety);
  });

  it('has the means for what each model promises', () => {
    const unable = catalog.list().filter((model) => {
      const isAble: Partial<Record<SubmitSafety, boolean>> = {
        findable: 'recover' in catalog.providerOf(model),
        'hook-correlates': 'readHook' in catalog.providerOf(model),
      };
      return isAble[submitSafetyOf(model, catalog.providerOf(model))] === false;
    });

    expect(unable).toEqual([]);
  });
});

describe('every model', () => {
  it('has names that no other has', () => {
    const names = catalog
      .list()
      .flatMap(({ id, aliases }) => [id, ...aliases].map(normalizeModelName));

    expect(new Set(names).size).toBe(names.length);
  });

  it.each(models)('%s is named with dashes', (id) => {
    expect(id).toBe(normalizeModelName(id));
    expect(id).toMatch(/^[a-z0-9-]+$/);
  });

  it.each(models)('%s has a strict JSON Schema 2020-12 of known, described fields', (_, model) => {
    const { inputSchema } = model;
    const keywords = [MEDIA_KEYWORD, RULE_KEYWORD];
    const ajv = new Ajv2020({ strict: true, strictRequired: false, keywords });

    expect(() => ajv.compile(inputSchema)).not.toThrow();
    expect(inputSchema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      additionalProperties: false,
      required: expect.any(Array),
    });
    const fields = Object.entries(objectAt(inputSchema, 'properties'));
    expect(fields.filter(([name]) => !VOCABULARY.has(name))).toEqual([]);
    expect(fields.filter(([, field]) => textAt(field, 'description') === undefined)).toEqual([]);
  });

  it.each(models)('%s has an example that works as it is', (_, model) => {
    expect(validateInput(model, model.example)).toEqual([]);
    expect(catalog.providerOf(model).prepare(model.example, model)).toMatchObject({ ok: true });
  });

  it.each(models)('%s has a sane pace', (_, model) => {
    expect(model.typicalSeconds).toBeGreaterThan(0);
    expect(model.submitTimeoutSeconds).toBeGreaterThanOrEqual(30);
  });

  it.each(models)(
    '%s prepares what its schema takes, or says what it takes instead',
    (_, model) => {
      assert(
        property(inputs(model), (input) => {
          const prepared = catalog.providerOf(model).prepare(input, model);

          expect(faultsOf(prepared)).toEqual([]);
        }),
      );
    },
  );
});

describe('findModel', () => {
  it.each([
    ['qwen-image-2-0', 'qwen-image-2-0', 'dashscope'],
    ['qwen-image-2.0', 'qwen-image-2-0', 'dashscope'],
    ['QWEN-Image-2.0', 'qwen-image-2-0', 'dashscope'],
    [' gpt-image-2 ', 'gpt-image-2', 'openai'],
    ['gpt-image-1.5', 'gpt-image-1-5', 'openai'],
    ['gpt-image-2-pro', 'gpt-image-2-6-sunburst', 'openai'],
    ['veo-3.1', 'veo-3-1', 'vertex'],
    ['veo-3.1-fast-generate-001', 'veo-3-1-fast', 'vertex'],
    ['happyhorse-1.0-t2v', 'happyhorse-1-0', 'dashscope'],
    ['happyhorse-1.1-r2v', 'happyhorse-1-1', 'dashscope'],
    ['wan2.5', 'wan-2-5', 'dashscope'],
    ['wan2.6-t2v', 'wan-2-6', 'dashscope'],
    ['wan-2.7', 'wan-2-7', 'dashscope'],
    ['wan3.0-video', 'wan-3-0', 'dashscope'],
  ])('finds %s', (name, id, provider) => {
    expect(catalog.find(name)).toMatchObject({
      found: true,
      model: { id },
      provider: { id: provider },
    });
  });

  it.each([
    ['qwen-image-2-1', ['qwen-image-2-1-pro', 'qwen-image', 'qwen-image-2-0']],
    ['flux-2-prp', ['flux-2-pro', 'flux-2-max']],
    ['veo', ['veo-3-1', 'veo-3-1-fast', 'veo-3-1-lite']],
    ['no-such-thing-at-all', []],
    ['', []],
  ])('names what comes near %s, three at most', (name, near) => {
    const lookup = catalog.find(name);

    expect(lookup).toMatchObject({ found: false, near });
  });

  it('refuses a vendor prefix and says what to write', () => {
    expect(catalog.find('bfl/flux-2-pro')).toEqual({
      found: false,
      near: ['flux-2-pro'],
      message:
        'No model "bfl/flux-2-pro": models are named without a vendor or a slash; write flux-2-pro',
    });
  });

  it('answers every text, quickly and without echoing all of it', () => {
    const lookup = catalog.find('x'.repeat(1_000_000));

    expect(lookup).toMatchObject({ found: false });
    expect(lookup.found ? '' : lookup.message).toHaveLength(
      `No model "${'x'.repeat(100)}"; GET /v1/tasks/models lists them all`.length,
    );
  });
});

/** Media slots whose place in the request is not there, or holds something already. */
function misplaced(prepared: Prepared): readonly string[] {
  if (!prepared.ok) return [];
  return (prepared.media ?? [])
    .flatMap(({ at: place, mimeAt }) => (mimeAt === undefined ? [place] : [place, mimeAt]))
    .filter((pointer) => at(prepared.request, ...pointer.slice(1).split('/')) !== null);
}

/** What breaks the contract of `prepare`: an estimate that is no money, an issue without a field. */
function faultsOf(prepared: Prepared): readonly string[] {
  if (!prepared.ok) {
    if (prepared.issues.length === 0) return ['refused without an issue'];
    return prepared.issues.map(({ path }) => path).filter((path) => !/^input\.[a-z_]+$/.test(path));
  }
  const { quantity, costNanoUsd } = prepared.estimate;
  const isMoney = costNanoUsd === null || (Number.isSafeInteger(costNanoUsd) && costNanoUsd > 0);
  return [
    ...(quantity > 0 ? [] : ['no quantity']),
    ...(isMoney ? [] : ['no money']),
    ...misplaced(prepared),
  ];
}

/** Inputs that the model's schema takes: every field, present or not, with any of its values that its rules allow. */
function inputs(model: Model): Arbitrary<JsonObject> {
  return members(model.inputSchema)
    .map((input) => obeying(model, input))
    .filter((input) => validateInput(model, input).length === 0);
}

/** The input without the fields that break a rule: few of those made at random break none. */
function obeying(model: Model, input: JsonObject): JsonObject {
  const wrong = new Set(validateInput(model, input).map(({ path }) => path.split('.')[1]));
  const kept = Object.entries(input).filter(([name]) => !wrong.has(name));
  return kept.length === Object.keys(input).length
    ? input
    : obeying(model, Object.fromEntries(kept));
}

function members(schema: JsonObject): Arbitrary<JsonObject> {
  const fields = Object.entries(objectAt(schema, 'properties')).map(
    // Every property of an input schema is an object: the test of the schemas above proves it.
    ([name, field]) => [name, values(field as JsonObject)] as const,
  );
  const requiredKeys = listAt(schema, 'required').map(String);
  // Undefined members are fields that are not given.
  return record(Object.fromEntries(fields), { requiredKeys }).map(present);
}

function values(field: JsonObject): Arbitrary<Json> {
  const listed = listAt(field, 'enum') as readonly Json[];
  if (listed.length > 0) return constantFrom(...listed);
  if (field['type'] === 'boolean') return boolean();
  if (field['type'] === 'object') return members(field);
  if (field['type'] === 'number') {
    const [min, max] = [Number(field['minimum']), Number(field['maximum'])];
    return double({ min, max, noNaN: true });
  }
  if (field['type'] === 'integer') {
    return integer({ min: Number(field['minimum']), max: Number(field['maximum']) });
  }
  if (field['type'] === 'array') {
    // A list's schema says what is in it (input-fields.ts).
    const maxLength = Number(field['maxItems']);
    return array(values(objectAt(field, 'items')), { minLength: 1, maxLength });
  }
  if (field[MEDIA_KEYWORD] !== undefined) {
    return constantFrom('https://example.com/a.png', 'data:image/png;base64,AA==', 'input:01');
  }
  if (field['pattern'] !== undefined) {
    const edge = integer({ min: 1, max: 99_999 });
    return tuple(edge, edge).map(([width, height]) => `${width}x${height}`);
  }
  return string({ minLength: 1, maxLength: Math.min(200, Number(field['maxLength'])) });
}

describe('the shipped prices of pictures and videos', () => {
  it('are of models of the catalog, all of them', () => {
    const used = new Set(new Catalog().list().map(({ pricedAs }) => pricedAs));
    const ofTasks = shippedPrices.prices.filter(({ unit }) => UNITS_OF_TASKS.has(unit));

    expect(ofTasks.length).toBeGreaterThan(100);
    expect(ofTasks.map(({ model }) => model).filter((model) => !used.has(model))).toEqual([]);
  });
});

/** What the pass-through has no price in. */
const UNITS_OF_TASKS: ReadonlySet<string> = new Set([
  'image',
  'further-megapixel',
  'input-image',
  'second',
  'video-token',
  'image-out-token',
]);
