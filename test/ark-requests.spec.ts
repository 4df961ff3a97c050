import { Catalog, type JsonObject, type Model, validateInput } from '@app/providers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArkError } from '../apps/sandbox/src/ark/ark-error.js';
import { readFilmJob } from '../apps/sandbox/src/ark/film-body.js';
import { readPictureJob } from '../apps/sandbox/src/ark/picture-body.js';

const catalog = new Catalog();
const ark = catalog.provider('ark');
if (!ark) throw new Error('no ark');

interface Field {
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly 'x-media'?: 'image' | 'video' | 'audio';
}

function values(field: Field): fc.Arbitrary<unknown> {
  if (field.enum) return fc.constantFrom(...field.enum);
  if (field.type === 'boolean') return fc.boolean();
  if (field.type === 'integer')
    return fc.integer({ min: field.minimum ?? 0, max: field.maximum ?? 0 });
  if (field.type === 'object') return members(field, []);
  if (field.items) {
    return fc.array(values(field.items), { minLength: 1, maxLength: field.maxItems ?? 1 });
  }
  if (field['x-media']) return fc.constant('https://example.com/a');
  const edge = fc.integer({ min: 400, max: 5000 });
  if (field.pattern) return fc.tuple(edge, edge).map((size) => size.join('x'));
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 200 }),
    fc.constantFrom(
      'a --rs 480p',
      'a --dur 99',
      'a--seed 1 b',
      'a -- cf true',
      '--wm on',
      'a -rs 1',
    ),
  );
}

function members(field: Field, requiredKeys: readonly string[]): fc.Arbitrary<JsonObject> {
  const fields = Object.entries(field.properties ?? {}).map(([name, one]) => [name, values(one)]);
  // What the fields of a JSON Schema take is JSON.
  return fc.record(Object.fromEntries(fields), {
    requiredKeys: [...requiredKeys],
  }) as fc.Arbitrary<JsonObject>;
}

/** The request as it leaves the worker, with a link wherever a medium goes. */
function filled(request: JsonObject): Record<string, unknown> {
  const link = (_: string, value: unknown): unknown => value ?? 'https://example.com/a';
  return JSON.parse(JSON.stringify(request), link);
}

/** What the stand-in says to it, or what it made of it. */
function judged(model: Model, request: unknown): unknown {
  try {
    return model.kind === 'video' ? readFilmJob(request) : readPictureJob(request);
  } catch (error) {
    if (error instanceof ArkError) return error.message;
    throw error;
  }
}

it.each(ark.models.map((model) => [model.id, model] as const))(
  'whatever %s takes, the stand-in of Ark takes too, and makes what was asked for',
  (_, model) => {
    const schema: Field = JSON.parse(JSON.stringify(model.inputSchema));
    const inputs = members(schema, ['prompt']);
    fc.assert(
      fc.property(inputs, (input) => {
        fc.pre(validateInput(model, input).length === 0);
        const prepared = ark.prepare(input, model);
        fc.pre(prepared.ok);
        if (!prepared.ok) return;
        const request = filled(prepared.request);

        const job = judged(model, request);

        expect(job, JSON.stringify(request)).toMatchObject({ prompt: input['prompt'] });
        if (model.kind !== 'video') return;
        const { resolution, duration } = request;
        expect(job).toMatchObject({ resolution, duration, lateFault: null });
      }),
      { numRuns: 50 },
    );
  },
);
