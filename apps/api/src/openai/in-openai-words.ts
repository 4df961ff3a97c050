import { GatewayError } from '@app/errors';

/** What a field of the input is called in the request that it was translated from. */
export type Renamed = Readonly<Record<string, string>>;

/**
 * A refusal of the task's input in the words of the request: `input.duration` is `seconds` there, and a
 * field that is called alike loses its prefix.
 */
export function inOpenAiWords(thrown: unknown, renamed: Renamed): unknown {
  if (!(thrown instanceof GatewayError) || !thrown.param?.startsWith(PREFIX)) return thrown;
  const message = thrown.message.replaceAll(
    /(^|; )input\.(\w+)((?:\.\w+)*)(?=: )/g,
    (_, before: string, field: string, rest: string) => before + nameOf(field, rest, renamed),
  );
  const [, field = '', rest = ''] = /^input\.([^.]*)(.*)$/s.exec(thrown.param) ?? [];
  return new GatewayError(thrown.code, message, {
    param: nameOf(field, rest, renamed),
    cause: thrown,
  });
}

const PREFIX = 'input.';

const nameOf = (field: string, rest: string, renamed: Renamed): string =>
  (Object.hasOwn(renamed, field) ? renamed[field] : undefined) ?? field + rest;
