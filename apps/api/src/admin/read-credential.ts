import { judgeUrlOfClass, PUBLIC_ONLY } from '@app/outbound';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import { requireJsonObject } from '../http/json-object.js';

/** What an operator says of a key; what is absent is as it was, or the usual. */
export interface GivenCredential {
  readonly provider?: string;
  readonly label?: string;
  readonly secret?: string;
  readonly weight?: number;
  /** Without a trailing slash. */
  readonly baseUrl?: string;
  readonly stepSeconds?: number;
}

/** Of a step of a shift, where the operator names no other time. */
export const DEFAULT_STEP_SECONDS = 60;
export const MAX_STEP_SECONDS = 86_400;

/** How each field is read; what it is not, is undefined. The message never shows a secret. */
const FIELDS = {
  provider: { takes: 'the id of a provider, as GET /admin/providers lists them', read: readName },
  label: { takes: 'a name of 1 to 128 printable characters', read: readLabel },
  secret: { takes: 'the key itself: 8 to 8192 visible ASCII characters', read: readSecret },
  weight: { takes: 'a number from 0.01 to 1000', read: readWeight },
  baseUrl: { takes: 'an http or https URL', read: readBaseUrl },
  stepSeconds: { takes: `a whole number from 1 to ${MAX_STEP_SECONDS}`, read: readSeconds },
} as const satisfies { [Name in keyof GivenCredential]-?: Rule<GivenCredential[Name]> };

interface Rule<Value> {
  readonly takes: string;
  readonly read: (value: unknown) => Value | undefined;
}

type Field = keyof GivenCredential;

/**
 * The fields of a body; those of `required` are there.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export function readCredential<Name extends Field = never>(
  body: unknown,
  taken: readonly Field[],
  required: readonly Name[],
): GivenCredential & Has<Name> {
  const given = new Map<string, unknown>(Object.entries(requireJsonObject(body, 'The body')));
  refuseOtherFields(given, taken);
  const read: [string, unknown][] = taken.flatMap((name) =>
    given.get(name) === undefined ? [] : [[name, readField(name, given.get(name))]],
  );
  // Each value is what the field's own reader made of it.
  const fields: GivenCredential = Object.fromEntries(read);
  if (hasAll(fields, required)) return fields;
  const missing = required.find((name) => fields[name] === undefined) ?? 'secret';
  throw fieldRefusal(missing, `is missing; it takes ${FIELDS[missing].takes}`);
}

type Has<Name extends Field> = { readonly [One in Name]-?: NonNullable<GivenCredential[One]> };

function hasAll<Name extends Field>(
  fields: GivenCredential,
  required: readonly Name[],
): fields is GivenCredential & Has<Name> {
  return required.every((name) => fields[name] !== undefined);
}

function readField(name: Field, value: unknown): unknown {
  const { takes, read } = FIELDS[name];
  const result = read(value);
  if (result !== undefined) return result;
  const was = name === 'secret' ? '' : `, not ${shown(value)}`;
  throw fieldRefusal(name, `takes ${takes}${was}`);
}

function readName(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 64 ? value : undefined;
}

function readLabel(value: unknown): string | undefined {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cf}\p{Cs}]{1,128}$/u.test(value)
    ? value
    : undefined;
}

/** As a header may carry it. */
function readSecret(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{8,8192}$/.test(value) ? value : undefined;
}

function readWeight(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0.01 && value <= 1000 ? value : undefined;
}

function readSeconds(value: unknown): number | undefined {
  const isTaken = Number.isInteger(value) && Number(value) >= 1;
  return isTaken && Number(value) <= MAX_STEP_SECONDS ? Number(value) : undefined;
}

/** The operator's own choice: any address will do. What could hold a secret may not be in it. */
function readBaseUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2048) return undefined;
  const verdict = judgeUrlOfClass(value, { kind: 'operator' }, PUBLIC_ONLY);
  if (!verdict.allowed) throw fieldRefusal('baseUrl', `is refused: ${verdict.reason}`);
  const { username, password } = verdict.url;
  if (username !== '' || password !== '' || /[?#]/.test(value)) {
    throw fieldRefusal('baseUrl', 'takes no user name, password, query or fragment');
  }
  return value.replace(/\/+$/, '');
}
