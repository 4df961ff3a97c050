import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiDefaultResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
} from '@nestjs/swagger';
import {
  boolean,
  ERROR_BODY,
  integer,
  list,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
} from '../http/api-answer.js';

const ELSEWHERE =
  'Models of the catalog run as tasks; what else the upstream serves is passed through.';

const IDEMPOTENCY = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description: 'at most 255 bytes; kept for 24 hours; the same request gets the same task',
});

const operation = (summary: string, answer: Schema) =>
  applyDecorators(
    ApiOperation({ summary, description: ELSEWHERE }),
    ApiOkResponse({ schema: answer }),
    ApiDefaultResponse({ description: 'What was wrong', schema: ERROR_BODY }),
  );

const body = (properties: Record<string, Schema>, required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: true,
});

const IMAGE_BODY = body(
  {
    model: text('id or alias of a picture model'),
    prompt: text(),
    n: integer(),
    size: text('auto or WxH'),
    quality: text(),
    background: text(),
    output_format: text(),
    moderation: text(),
    response_format: oneOf('b64_json', 'url'),
    stream: boolean,
    partial_images: integer('taken; no partial pictures are sent'),
    user: text('changes nothing'),
    safety_identifier: text('changes nothing'),
  },
  ['model', 'prompt'],
);

const IMAGES = object(
  {
    created: integer('Unix seconds'),
    output_format: text(),
    size: text(),
    data: list(object({ b64_json: text(), url: text() }, { optional: ['b64_json', 'url'] })),
  },
  { optional: ['output_format', 'size'] },
);

export const ApiImageCall = (summary: string) =>
  applyDecorators(
    operation(summary, IMAGES),
    IDEMPOTENCY,
    ApiConsumes('application/json', 'multipart/form-data'),
    ApiBody({ schema: IMAGE_BODY }),
  );

const VIDEO = object({
  id: text('the task’s id'),
  object: oneOf('video'),
  model: text(),
  status: oneOf('queued', 'in_progress', 'completed', 'failed'),
  progress: integer('0 to 100'),
  created_at: integer('Unix seconds'),
  completed_at: orNull(integer()),
  expires_at: orNull(integer()),
  prompt: orNull(text()),
  seconds: orNull(text()),
  size: orNull(text('WxH')),
  remixed_from_video_id: orNull(text()),
  error: orNull(object({ code: text(), message: text() })),
});

export const ApiVideoCreate = () =>
  applyDecorators(
    operation('Make a film, as OpenAI’s `videos.create`', VIDEO),
    IDEMPOTENCY,
    ApiConsumes('application/json', 'multipart/form-data'),
    ApiBody({
      schema: body(
        {
          model: text('id or alias of a film model'),
          prompt: text(),
          seconds: text(),
          size: text('WxH'),
          input_reference: object({ image_url: text() }),
        },
        ['model', 'prompt'],
      ),
    }),
  );

export const ApiVideoList = () =>
  applyDecorators(
    operation(
      'Your films, newest first',
      object({
        object: oneOf('list'),
        data: list(VIDEO),
        first_id: orNull(text()),
        last_id: orNull(text()),
        has_more: boolean,
      }),
    ),
    ApiQuery({ name: 'after', required: false, description: '`last_id` of the page before' }),
    ApiQuery({ name: 'limit', required: false, description: '1 to 100, default 20' }),
    ApiQuery({ name: 'order', required: false, enum: ['asc', 'desc'] }),
  );

export const ApiVideo = () => operation('One film', VIDEO);

export const ApiVideoContent = () =>
  applyDecorators(
    ApiOperation({ summary: 'The bytes of a film; takes Range', description: ELSEWHERE }),
    ApiQuery({ name: 'variant', required: false, enum: ['video'] }),
    ApiProduces('video/*'),
    ApiOkResponse({ schema: { type: 'string', format: 'binary' } }),
  );

export const ApiVideoDelete = () =>
  operation(
    'Erase a finished film',
    object({ id: text(), object: oneOf('video.deleted'), deleted: boolean }),
  );

const LISTED = object({
  id: text(),
  object: oneOf('model'),
  created: integer('Unix seconds; 0: not known'),
  owned_by: text(),
});

export const ApiModelList = () =>
  operation(
    'The upstream’s models and those of the catalog',
    object({ object: oneOf('list'), data: list(LISTED) }),
  );

export const ApiListedModel = () => operation('One model', LISTED);
