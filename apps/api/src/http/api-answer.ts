import { applyDecorators } from '@nestjs/common';
import { ApiDefaultResponse, ApiOkResponse, type ApiResponseSchemaHost } from '@nestjs/swagger';

export type Schema = ApiResponseSchemaHost['schema'];

/** Documents a handler's answer: the envelope around `data`, and the one error shape for everything else. */
export const ApiAnswer = (data: Schema) =>
  applyDecorators(
    ApiOkResponse({
      schema: object({ code: { type: 'integer', enum: [0] }, message: { type: 'string' }, data }),
    }),
    ApiDefaultResponse({
      description: 'What was wrong, where, and what is taken',
      schema: ERROR_BODY,
    }),
  );

/** An object whose members are all there, except those named in `optional`. */
export function object(
  properties: Record<string, Schema>,
  options: { readonly optional?: readonly string[] } = {},
): Schema {
  const required = Object.keys(properties).filter((name) => !options.optional?.includes(name));
  return { type: 'object', properties, required };
}

export const list = (items: Schema): Schema => ({ type: 'array', items });
export const text = (description?: string): Schema => ({
  type: 'string',
  ...(description && { description }),
});
export const integer = (description?: string): Schema => ({
  type: 'integer',
  ...(description && { description }),
});
export const number: Schema = { type: 'number' };
export const boolean: Schema = { type: 'boolean' };
export const oneOf = (...values: readonly string[]): Schema => ({
  type: 'string',
  enum: [...values],
});
export const orNull = (schema: Schema): Schema => ({ ...schema, nullable: true });
/** An object with members of any name. */
export const map = (values: Schema | true): Schema => ({
  type: 'object',
  additionalProperties: values,
});

/** The one error shape. */
export const ERROR_BODY: Schema = object({
  code: integer('the HTTP status'),
  message: text(),
  data: { nullable: true },
  error_code: text('e.g. INVALID_REQUEST'),
  error: object({
    message: text(),
    type: text(),
    param: orNull(text('path of the offending field')),
    code: text('error_code in lower case'),
    request_id: text('also in the header x-taskgate-request-id'),
  }),
});
