import { SCOPES, type Scope } from '@app/tenants';
import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  IsArray,
  IsIn,
  IsInt,
  IsRFC3339,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { KEY_POLICY } from './admin.schema.js';

const isGiven = (_body: object, value: unknown): boolean => value !== undefined;
const isTime = (_body: object, value: unknown): boolean => value !== undefined && value !== null;

const SCOPES_TAKES = { message: `scopes takes a list of ${SCOPES.join(', ')}` };
const NAME_TAKES = { message: 'name takes a text of at most 128 characters' };

/** Of a new key; a change leaves as it is what is absent. */
export class KeyDto {
  @ApiPropertyOptional({ example: 'production' })
  @ValidateIf(isGiven)
  @IsString(NAME_TAKES)
  @MaxLength(128, NAME_TAKES)
  name?: string;

  @ApiPropertyOptional({ enum: SCOPES, isArray: true })
  @ValidateIf(isGiven)
  @IsArray(SCOPES_TAKES)
  @IsIn(SCOPES, { each: true, ...SCOPES_TAKES })
  scopes?: Scope[];

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    example: '2027-01-01T00:00:00Z',
    description: 'null: never',
  })
  @ValidateIf(isTime)
  @IsRFC3339({ message: 'expiresAt takes a time like 2027-01-01T00:00:00Z, or null for never' })
  expiresAt?: string | null;

  @ApiPropertyOptional(KEY_POLICY)
  @Allow()
  policy?: unknown;
}

export const DEFAULT_GRACE_SECONDS = 86_400;
const MAX_GRACE_SECONDS = 604_800;
const GRACE_TAKES = {
  message: `graceSeconds takes a whole number of seconds from 0 to ${MAX_GRACE_SECONDS}`,
};

export class RotateKeyDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_GRACE_SECONDS,
    default: DEFAULT_GRACE_SECONDS,
    description: 'for how long the key before works too; 0 ends it at once',
  })
  @ValidateIf(isGiven)
  @IsInt(GRACE_TAKES)
  @Min(0, GRACE_TAKES)
  @Max(MAX_GRACE_SECONDS, GRACE_TAKES)
  graceSeconds?: number;
}
