import { CALLBACK_WHEN, ON_UNKNOWN, PRIORITIES } from '@app/tasks';
import type { JsonObject } from '@app/providers';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  Length,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsMetadata } from './is-metadata.js';

export class CallbackDto {
  @ApiPropertyOptional({
    example: 'https://your.app/hook',
    description: 'http(s) and public; your default of `/v1/callback-urls` when absent',
  })
  @ValidateIf(({ url }: CallbackDto) => url !== undefined)
  @Length(1, 2048, { message: 'url takes an http or https URL of up to 2048 characters' })
  url?: string;

  @ApiPropertyOptional({
    enum: CALLBACK_WHEN,
    nullable: true,
    description: '`all`: every change of status; `final` when absent, or what your default says',
  })
  @IsOptional()
  @IsIn(CALLBACK_WHEN)
  when?: (typeof CALLBACK_WHEN)[number] | null;
}

const MAX_COST_TAKES = 'max_cost takes a number of USD from 0, such as 0.25';

/** Body of `POST /v1/tasks`; `input` is judged by the model's own schema. */
export class CreateTaskDto {
  @ApiProperty({ example: 'qwen-image-2-0', description: 'id or alias; see GET /v1/tasks/models' })
  @Length(1, 200, { message: 'model takes the id or alias of a model, see GET /v1/tasks/models' })
  model!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'fields of the model’s `inputSchema`',
    example: { prompt: 'a glass data center at golden hour, isometric', aspect_ratio: '16:9' },
  })
  @IsObject({ message: 'input takes an object with the fields of the model' })
  input!: JsonObject;

  @ApiPropertyOptional({
    type: CallbackDto,
    nullable: true,
    description: 'your default of `/v1/callback-urls` when absent; null: none',
  })
  @IsOptional()
  @IsObject({
    message: 'callback takes an object with url and, if you like, when; or null for none',
  })
  @ValidateNested()
  @Type(() => CallbackDto)
  callback?: CallbackDto | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { order: '4711' },
  })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, string>;

  @ApiPropertyOptional({
    enum: PRIORITIES,
    default: 'normal',
    description: 'order among your own tasks',
  })
  @IsOptional()
  @IsIn(PRIORITIES)
  priority?: (typeof PRIORITIES)[number];

  @ApiPropertyOptional({ description: 'seconds; at most TASK_DEADLINE_SECONDS' })
  @IsOptional()
  @IsInt({ message: 'deadline takes whole seconds, at least 1' })
  @Min(1, { message: 'deadline takes whole seconds, at least 1' })
  deadline?: number;

  @ApiPropertyOptional({
    enum: ON_UNKNOWN,
    default: 'fail',
    description: 'when nobody can tell whether the vendor accepted the job: `retry` may pay twice',
  })
  @IsOptional()
  @IsIn(ON_UNKNOWN)
  onUnknown?: (typeof ON_UNKNOWN)[number];

  @ApiPropertyOptional({
    type: 'number',
    minimum: 0,
    nullable: true,
    example: 0.25,
    description:
      'USD: refused with 402 when the task is estimated at more, or nobody knows at how much',
  })
  @IsOptional()
  @IsNumber({ allowInfinity: false, allowNaN: false }, { message: MAX_COST_TAKES })
  @Min(0, { message: MAX_COST_TAKES })
  max_cost?: number | null;

  @ApiPropertyOptional({
    enum: ['', 'default'],
    description: 'taken for compatibility; there is one route',
  })
  @IsOptional()
  @IsIn(['', 'default'], { message: 'route takes default' })
  route?: string;

  @ApiPropertyOptional({
    enum: ['temp', 'persistent'],
    description: 'taken for compatibility; every output lives until its `expireAt`',
  })
  @IsOptional()
  @IsIn(['temp', 'persistent'])
  storage?: string;
}
