import { Catalog, type JsonObject, type Model, validateInput } from '@app/providers';
import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  pre,
  property,
  record,
  string,
  tuple,
} from 'fast-check';
import { expect, it } from 'vitest';
import { ArkError } from '../apps/sandbox/src/ark/ark-error.js';
import { readFilmJob } from '../apps/sandbox/src/ark/film-body.js';
import { readPictureJob } from '../apps/sandbox/src/ark/picture-body.js';

const ark = new Catalog().provider('ark');
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

const LINK = 'https://example.com/a';
const PROMPTS = ['a --rs 480p', 'a --dur 99', 'a--seed 1 b', 'a -- cf true', '--wm on', 'a -rs 1'];

/** Any value that a field takes; of a text, also what the vendor would read as a setting. */
function values(field: Field): Arbitrary<unknown> {
  if (field.enum) return constantFrom(...field.enum);
  if (field.type === 'boolean') return boolean();
  if (field.type === 'object') return members(field, []);
  if (field.type === 'integer') {
    return integer({ min: field.minimum ?? 0, max: field.maximum ?? 0 });
  }
  if (field.items) {
    return array(values(field.items), { minLength: 1, maxLength: field.maxItems ?? 1 });
  }
  if (field['x-media']) return constant(LINK);
  const edge = integer({ min: 400, max: 5000 });
  if (field.pattern) return tuple(edge, edge).map((size) => size.join('x'));
  return oneof(string({ minLength: 1, maxLength: 200 }), constantFrom(...PROMPTS));
}

function members(field: Field, requiredKeys: readonly string[]): Arbitrary<unknown> {
  const fields: Record<string, Arbitrary<unknown>> = {};
  for (const [name, one] of Object.entries(field.properties ?? {})) fields[name] = values(one);
  return record(fields, { requiredKeys: [...requiredKeys] });
}

/** The request as it leaves the worker, with a link wherever a medium goes. */
function filled(request: JsonObject): Readonly<Record<string, unknown>> {
  const whole: Record<string, unknown> = JSON.parse(JSON.stringify(request), linkForNull);
  return whole;
}

const linkForNull = (_: string, value: unknown): unknown => value ?? LINK;

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
    assert(
      property(members(schema, ['prompt']), (value) => {
        pre(validateInput(model, value).length === 0);
        // The schema has just said so.
        const input = value as JsonObject;
        const prepared = ark.prepare(input, model);
        pre(prepared.ok);
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
