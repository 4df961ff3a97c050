import { isUtf8 } from 'node:buffer';
import type { JudgedBody } from './judged-body.js';
import { modelName } from './token-usage.js';
import { topLevelFields } from './top-level-fields.js';

export interface ReadBody {
  readonly body: JudgedBody;
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
  const misread = counts.find(({ count }) => count === null);
  const flaw =
    fields === null || (strict && !isJson(bytes))
      ? { reason: 'The body is not a valid JSON object.', param: null }
      : fields.misspelled !== null
        ? {
            reason: `${fields.misspelled} is no field; write it in small letters.`,
            param: fields.misspelled,
          }
        : misread
          ? { reason: `${misread.field} takes a whole number from 0.`, param: misread.field }
          : null;
  return { body, doubled: fields?.doubled ?? null, flaw };
}

const COUNTS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'best_of',
] as const;
const MAX_TOKENS: ReadonlySet<string> = new Set(COUNTS.slice(0, 3));
const WANTED: ReadonlySet<string> = new Set(['model', 'stream', ...COUNTS]);

interface Count {
  readonly field: string;
  /** Null: it is no whole number from 0. */
  readonly count: number | null;
}

/** None where the field is absent or null. */
function countOf(field: string, raw: string | undefined): Count[] {
  if (raw === undefined || raw === 'null') return [];
  const count = /^-?[\d.eE+-]+$/.test(raw) ? Number(raw) : NaN;
  return [{ field, count: Number.isSafeInteger(count) && count >= 0 ? count : null }];
}

const largest = (counts: readonly Count[]): number =>
  Math.max(0, ...counts.map(({ count }) => count ?? 0));

function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}
