import { judgeUrlOfClass, PUBLIC_ONLY } from '@app/outbound';
import { fieldsOf, type OtherFields, refuseField, shown, weightOf } from './given-fields.js';
import { DEFAULT_UPSTREAM, type UpstreamSpec } from './route.js';

/** What an operator says of an upstream. */
export interface GivenUpstream {
  readonly spec: UpstreamSpec;
  /** One key or several, comma separated; null: none is wanted. Undefined: as it was. */
  readonly secret: string | null | undefined;
}

/** @throws GatewayError INVALID_REQUEST naming the field and what it takes; it never shows a secret */
export function readUpstream(body: unknown): GivenUpstream {
  const fields = fieldsOf(body, { prefix: '', taken: UPSTREAM_FIELDS, others: 'refused' });
  return { spec: readUpstreamSpec(body, 'refused'), secret: readSecret(fields.get('secret')) };
}

/**
 * The part that is no secret, also as a row has it.
 * @throws GatewayError INVALID_REQUEST
 */
export function readUpstreamSpec(value: unknown, others: OtherFields): UpstreamSpec {
  const fields = fieldsOf(value, { prefix: '', taken: UPSTREAM_FIELDS, others });
  return {
    name: readName(fields.get('name')),
    baseUrl: readBaseUrl(fields.get('baseUrl')),
    weight: weightOf(fields.get('weight') ?? 1, 'weight'),
    injectUsage: readSwitch(fields.get('injectUsage') ?? true),
  };
}

function readName(value: unknown): string {
  if (value === DEFAULT_UPSTREAM) {
    const where = 'it is configured by OPENAI_BASE_URL and OPENAI_API_KEY';
    throw refuseField('name', `${DEFAULT_UPSTREAM} is taken by the environment: ${where}`);
  }
  if (typeof value === 'string' && NAME.test(value)) return value;
  throw refuseField('name', `takes ${NAME_TAKES}, not ${shown(value)}`);
}

/** The operator's own choice: any address will do. What could hold a secret may not be in it. */
function readBaseUrl(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH || /[^\x21-\x7e]/.test(value)) {
    throw refuseField('baseUrl', 'takes an http or https URL, such as https://api.example.com/v1');
  }
  const verdict = judgeUrlOfClass(value, { kind: 'operator' }, PUBLIC_ONLY);
  if (!verdict.allowed) throw refuseField('baseUrl', `is refused: ${verdict.reason}`);
  const { username, password } = verdict.url;
  if (username !== '' || password !== '' || /[?#]/.test(value)) {
    throw refuseField('baseUrl', 'takes no user name, password, query or fragment');
  }
  return value.replace(/\/+$/, '');
}

function readSwitch(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw refuseField('injectUsage', `takes true or false, not ${shown(value)}`);
}

function readSecret(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === 'string' && value.length <= MAX_SECRET_LENGTH) {
    const keys = keysIn(value);
    if (keys.length > 0 && keys.every((key) => VISIBLE.test(key))) return value;
  }
  throw refuseField('secret', SECRET_TAKES);
}

/** The keys of a secret, each once. */
export function keysIn(secret: string): readonly string[] {
  const keys = secret.split(',').map((key) => key.trim());
  return [...new Set(keys.filter((key) => key !== ''))];
}

const UPSTREAM_FIELDS = ['name', 'baseUrl', 'secret', 'weight', 'injectUsage'] as const;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const NAME_TAKES = '1 to 64 of a-z, 0-9, ".", "_" and "-", not beginning with one of these three';
const MAX_URL_LENGTH = 2_048;
const MAX_SECRET_LENGTH = 8_192;
/** As a header may carry it. */
const VISIBLE = /^[\x21-\x7e]+$/;
const SECRET_TAKES =
  'takes a key or several, comma separated, of visible ASCII characters (8192 in all); or null: calls carry none';
