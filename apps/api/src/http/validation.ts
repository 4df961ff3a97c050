import { GatewayError } from '@app/errors';
import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

/** DTOs at the edge: an unknown field is refused, never dropped, and every message names the field. */
export const validation = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  transform: true,
  stopAtFirstError: true,
  validationError: { target: true },
  exceptionFactory: (errors: ValidationError[]) => {
    const problems = errors.flatMap((error) => flatten(error, ''));
    const message = problems
      .slice(0, MAX_TOLD)
      .map(({ text }) => text)
      .join('; ');
    return new GatewayError('INVALID_REQUEST', message || 'The body must be a JSON object.', {
      param: problems[0]?.path,
    });
  },
});

/** Enough to mend a request in one go; a body of nothing but mistakes must not come back larger. */
const MAX_TOLD = 20;

interface Problem {
  readonly path: string;
  readonly text: string;
}

function flatten(error: ValidationError, prefix: string): Problem[] {
  const path = `${prefix}${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, text]) => ({
    path,
    text:
      rule === 'whitelistValidation'
        ? `${path} is not a field that is taken here; taken are ${fieldsOf(error.target).join(', ')}`
        : `${prefix}${text}`,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, `${path}.`))];
}

/** The fields of the DTO that this is one of; its prototype, because a body may hold a `constructor`. */
function fieldsOf(dto: object | undefined): readonly string[] {
  const prototype: unknown = dto && Object.getPrototypeOf(dto);
  if (typeof prototype !== 'object' || prototype === null) return [];
  const rules = getMetadataStorage().getTargetValidationMetadatas(
    prototype.constructor,
    '',
    false,
    false,
  );
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}
