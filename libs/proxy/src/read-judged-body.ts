import { isUtf8 } from 'node:buffer';
import type { JudgedBody } from './judged-body.js';
import { modelName } from './token-usage.js';
import { type TopLevelFields, topLevelFields } from './top-level-fields.js';

export interface ReadBody {
  /** Its bytes are taken away once an answer is being delivered. */
  readonly body: JudgedBody & { bytes: Buffer };
  /** Models that tools of the body name; only where it was read strictly. */
  readonly toolModels: readonly string[];
  /** A key that stands twice: two readers could take two values for it. */
  readonly doubled: string | null;
  /** Why nothing should be concluded from this body; null: it says what the upstream will read. */
  readonly flaw: BodyFlaw | null;
}

export interface BodyFlaw {
  readonly reason: string;
  /** The field to blame; null: the whole. */
  readonly param: string | null;
}

export interface ReadingOptions {
  /** Fields that the endpoint takes for the maximum of tokens; none: it generates no text. */
  readonly maxTokensFields: readonly string[];
  /** The whole text is parsed, so that what is no JSON is a flaw wherever it stands. */
  readonly strict: boolean;
}

/** What a JSON body asks for. Never throws: whether a flaw matters is for others to say. */
export function readJudgedBody(
  bytes: Buffer,
  { maxTokensFields, strict }: ReadingOptions,
): ReadBody {
  const fields = topLevelFields(bytes, WANTED);
  const values = fields?.values ?? new Map<string, string>();
  const counts = COUNTS.flatMap((field) => countOf(field, values.get(field)));
  const maxTokens = counts.filter(({ field }) => MAX_TOKENS.has(field));
  const choices = counts.filter(({ field }) => !MAX_TOKENS.has(field));
  const isMaximum = maxTokens.some(({ field }) => maxTokensFields.includes(field));
  const body = {
    bytes,
    model: modelName(values.get('model')),
    maxTokens: isMaximum ? largest(maxTokens) : null,
    choices: Math.max(1, largest(choices)),
    stream: values.get('stream') === 'true',
  };
  const parsed = strict ? parse(bytes) : undefined;
  return {
    body,
    toolModels: toolModels(parsed),
    doubled: fields?.doubled ?? null,
    flaw:
      fields === null || (strict && parsed === undefined)
        ? { reason: 'The body is not a valid JSON object.', param: null }
        : flawOf(fields, counts),
  };
}

function flawOf(fields: TopLevelFields, counts: readonly Count[]): BodyFlaw | null {
  const { misspelled, values } = fields;
  if (misspelled !== null) {
    const reason = `${misspelled} is no field; write it in small letters.`;
    return { reason, param: misspelled };
  }
  const misread = counts.find(({ count }) => count === null)?.field;
  if (misread !== undefined) {
    return { reason: `${misread} takes a whole number from 0.`, param: misread };
  }
  const further = FURTHER_MODELS.find((field) => isThere(values.get(field)));
  if (further === undefined) return null;
  return { reason: `${further} is not taken here: a call asks one model.`, param: further };
}

const isThere = (raw: string | undefined): boolean => raw !== undefined && raw !== 'null';

const COUNTS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'best_of',
] as const;
const MAX_TOKENS: ReadonlySet<string> = new Set(COUNTS.slice(0, 3));
/** What aggregators take for models to ask instead (OpenRouter, LiteLLM); OpenAI has no such fields. */
const FURTHER_MODELS = ['models', 'fallbacks'] as const;
const WANTED: ReadonlySet<string> = new Set(['model', 'stream', ...FURTHER_MODELS, ...COUNTS]);

interface Count {
  readonly field: string;
  /** Null: it is no whole number from 0. */
  readonly count: number | null;
}

/** None where the field is absent or null. */
function countOf(field: string, raw: string | undefined): Count[] {
  if (raw === undefined || !isThere(raw)) return [];
  const count = /^-?[\d.eE+-]+$/.test(raw) ? Number(raw) : NaN;
  return [{ field, count: Number.isSafeInteger(count) && count >= 0 ? count : null }];
}

const largest = (counts: readonly Count[]): number =>
  Math.max(0, ...counts.map(({ count }) => count ?? 0));

/** Undefined: no JSON. */
function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** A tool may make pictures by a model of its own. */
function toolModels(body: unknown): readonly string[] {
  const tools = fieldOf(body, 'tools');
  if (!Array.isArray(tools)) return [];
  return tools
    .map((tool: unknown) => fieldOf(tool, 'model'))
    .filter((model) => typeof model === 'string');
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
