import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MEDIA_KEYWORD, RULE_KEYWORD } from './input-fields.js';
import { at, listAt, numberAt, textAt } from './json.js';
import type { Model } from './model.js';
import type { InputIssue } from './provider.js';

/**
 * Everything wrong with an input by its model's schema, in words for the person who wrote it; empty
 * when it is valid. One issue a field, twenty at most. What a schema cannot say (a size a vendor
 * lacks) comes from the adapter's `prepare`.
 */
export function validateInput(model: Model, input: unknown): readonly InputIssue[] {
  const validate = validatorOf(model);
  if (validate(input)) return [];
  const issues = new Map<string, InputIssue>();
  const found = validate.errors ?? [];
  // What is no object at all breaks every rule between fields: that would be said once too often.
  const noObject = found.filter(
    ({ keyword, schemaPath }) => keyword === 'type' && schemaPath === '#/type',
  );
  const errors = noObject.length > 0 ? noObject : found;
  for (const error of errors) {
    if (isInsideRule(error)) continue;
    const issue = toIssue(error, model);
    if (!issues.has(issue.path)) issues.set(issue.path, issue);
  }
  return [...issues.values()].slice(0, MAX_ISSUES);
}

const MAX_ISSUES = 20;
const MAX_SHOWN = 80;
const ajv = new Ajv2020({
  strict: true,
  // Rules name fields that are declared beside them.
  strictRequired: false,
  allErrors: true,
  verbose: true,
  keywords: [MEDIA_KEYWORD, RULE_KEYWORD],
});
const validators = new WeakMap<Model, ValidateFunction>();

/** Compiled at the first use and kept: a model's schema never changes while the process lives. */
function validatorOf(model: Model): ValidateFunction {
  const known = validators.get(model);
  if (known) return known;
  const compiled = ajv.compile(model.inputSchema);
  validators.set(model, compiled);
  return compiled;
}

/** What fails below a rule (a branch of its `anyOf`) says nothing that the rule does not say better. */
function isInsideRule({ schemaPath, parentSchema }: ErrorObject): boolean {
  return schemaPath.startsWith('#/allOf/') && at(parentSchema, RULE_KEYWORD) === undefined;
}

function toIssue(error: ErrorObject, model: Model): InputIssue {
  const place = pathOf(error.instancePath);
  const says = textAt(error.parentSchema, RULE_KEYWORD, 'says');
  if (says !== undefined) {
    return {
      path: `${place}.${textAt(error.parentSchema, RULE_KEYWORD, 'at') ?? ''}`,
      message: says,
    };
  }
  if (error.keyword === 'required') {
    const field = textAt(error.params, 'missingProperty') ?? '';
    return { path: `${place}.${field}`, message: `${field} is required` };
  }
  if (error.keyword === 'additionalProperties') {
    const field = clip(textAt(error.params, 'additionalProperty') ?? '');
    const taken = Object.keys(at(error.parentSchema, 'properties') ?? {});
    const message = `Unknown field "${field}"; ${model.id} takes ${taken.join(', ') || 'none'}`;
    return { path: `${place}.${field}`, message };
  }
  return { path: place, message: explain(error) };
}

function explain(error: ErrorObject): string {
  const value = show(error.data);
  switch (error.keyword) {
    case 'enum':
      return `${value} is not taken; use one of ${listAt(error.params, 'allowedValues').join(', ')}`;
    case 'type':
      return `${value} is not taken; give ${ARTICLE[textAt(error.params, 'type') ?? ''] ?? 'another type'}`;
    case 'minimum':
    case 'maximum':
      return `${value} is out of range; ${range(error, 'minimum', 'maximum')}`;
    case 'minLength':
    case 'maxLength':
      return `${lengthOf(error.data)} characters are not taken; ${range(error, 'minLength', 'maxLength')}`;
    case 'minItems':
    case 'maxItems':
      return `${listAt(error, 'data').length} entries are not taken; ${range(error, 'minItems', 'maxItems')}`;
    case 'pattern':
      return `${value} is not taken; write it like ${show(at(error.parentSchema, 'examples', 0))}`;
    default:
      return `${value} is not taken: it ${error.message ?? 'is not valid'}`;
  }
}

const ARTICLE: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function range(error: ErrorObject, lowKeyword: string, highKeyword: string): string {
  const low = numberAt(error.parentSchema, lowKeyword);
  const high = numberAt(error.parentSchema, highKeyword);
  if (low === undefined) return `give at most ${high}`;
  return high === undefined ? `give at least ${low}` : `give ${low} to ${high}`;
}

/** `/image_urls/0` of a JSON Pointer (RFC 6901) as `input.image_urls.0`. */
function pathOf(pointer: string): string {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return ['input', ...keys].join('.');
}

function lengthOf(data: unknown): number {
  return typeof data === 'string' ? Array.from(data).length : 0;
}

function show(data: unknown): string {
  // A data URL may be megabytes; only its beginning is shown.
  return clip(JSON.stringify(typeof data === 'string' ? data.slice(0, MAX_SHOWN + 1) : data));
}

function clip(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
