import { GatewayError } from '@app/errors';

/** A refusal that names the field by its path and says what it takes; `says` follows the path in a sentence. */
export const fieldRefusal = (path: string, says: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${path} ${says}.`, { param: path });

/** What was given, for such a sentence: the beginning of it, as JSON. */
export function shown(value: unknown): string {
  const text =
    JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value) ?? 'nothing';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 80;

/** For a call that takes no body. @throws GatewayError INVALID_REQUEST naming the first field of one */
export function refuseBody(body: unknown): void {
  const [field] = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  if (field === undefined) return;
  throw fieldRefusal(field.slice(0, MAX_SHOWN), 'is not taken here; this call takes no body');
}

/** @throws GatewayError INVALID_REQUEST for a field that is none of `taken`; `prefix` is the path before it */
export function refuseOtherFields(
  given: ReadonlyMap<string, unknown>,
  taken: readonly string[],
  prefix = '',
): void {
  const other = [...given.keys()].find((name) => !taken.includes(name));
  if (other === undefined) return;
  const path = `${prefix}${other.slice(0, MAX_SHOWN)}`;
  throw fieldRefusal(path, `is not a field that is taken here; taken are ${taken.join(', ')}`);
}
