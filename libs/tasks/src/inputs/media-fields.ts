import type { Json, JsonObject, MediaKind } from '@app/providers';

/** One place of an input where a picture, a video or a sound is named. */
export interface MediaField {
  readonly name: string;
  /** Place in the list, where the field is one. */
  readonly index: number | null;
  /** As messages name it: `input.image_urls.0`. */
  readonly path: string;
  readonly kind: MediaKind;
  readonly value: string;
}

/**
 * The places that the model's schema marks by `x-media` (on the field, or on its `items`) and that
 * this input fills with a text; anything else is for the schema to refuse.
 */
export function mediaFields(schema: JsonObject, input: JsonObject): readonly MediaField[] {
  return Object.entries(objectOf(schema['properties'])).flatMap(([name, field]) => {
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    const one = kindOf(field);
    if (one && typeof value === 'string') {
      return [{ name, index: null, path: `input.${name}`, kind: one, value }];
    }
    const { items, maxItems } = objectOf(field);
    const each = kindOf(items);
    return each ? elements(name, each, value, maxItems) : [];
  });
}

/** None of a list that is too long: thousands would be looked up, or kept, before it is refused. */
function elements(
  name: string,
  kind: MediaKind,
  list: Json | undefined,
  maxItems: Json | undefined,
): MediaField[] {
  if (!isList(list) || (typeof maxItems === 'number' && list.length > maxItems)) return [];
  return list.flatMap((value, index) =>
    typeof value === 'string' ? [{ name, index, path: `input.${name}.${index}`, kind, value }] : [],
  );
}

/** The input with other values in these places. */
export function withMedia(
  input: JsonObject,
  changes: readonly { readonly field: MediaField; readonly value: string }[],
): JsonObject {
  const changed: Record<string, Json> = { ...input };
  for (const { field, value } of changes) {
    const { name, index } = field;
    const before = changed[name];
    changed[name] = isList(before)
      ? before.map((item, at) => (at === index ? value : item))
      : value;
  }
  return changed;
}

function kindOf(field: Json | undefined): MediaKind | null {
  const kind = objectOf(field)['x-media'];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : null;
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
