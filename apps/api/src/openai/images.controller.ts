import type { JsonObject } from '@app/providers';
import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenCalls } from '../http/open-calls.js';
import { type ImageFiles, imageRequest } from './image-input.js';
import { ImageRuns } from './image-runs.js';
import { ApiImageCall } from './openai.schema.js';
import { type FormFile, onlyOne } from './read-form.js';
import { type FormShape, RequestReader } from './read-request.js';
import { SharedPath } from './shared-path.js';
import { TaskCreation } from './task-creation.js';

/** OpenAI's Images API for every picture model of the catalog; OpenAI's own models are passed through. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/images')
export class ImagesController {
  constructor(
    private readonly paths: SharedPath,
    private readonly requests: RequestReader,
    private readonly creation: TaskCreation,
    private readonly runs: ImageRuns,
    private readonly calls: OpenCalls,
  ) {}

  @Post('generations')
  @RouteConfig({ streamed: true })
  @ApiImageCall('Make pictures, as OpenAI’s `images.generate`; waits for the task')
  async generate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.run(request, reply, GENERATION);
  }

  @Post('edits')
  @RouteConfig({ streamed: true })
  @ApiImageCall('Work on pictures, as OpenAI’s `images.edit`; waits for the task')
  async edit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.run(request, reply, EDIT);
  }

  private async run(request: FastifyRequest, reply: FastifyReply, call: ImageCall): Promise<void> {
    const own = await this.paths.take(request, reply, 'image');
    if (!own) return;
    const gone = this.calls.watch(reply);
    const { body, files, fingerprint } = await this.requests.read(request, own, call.shape);
    const asked = imageRequest(body, own.model, call.filesOf(files));
    const { renamed, event } = call;
    const task = { own, input: asked.input, fingerprint, renamed };
    const taskId = await this.creation.create(request, reply, task);
    const awaited = { tenantId: own.identity.tenantId, taskId, gone };
    const run = { awaited, format: asked.format, event };
    // Without a key, a client that asks again of itself would pay for a second task.
    if (!request.headers['idempotency-key']) void reply.header('x-should-retry', 'false');
    if (asked.stream) await this.runs.stream(request, reply, run);
    else await this.runs.answer(request, reply, run);
  }
}

interface ImageCall {
  readonly shape: FormShape;
  readonly renamed: Readonly<Record<string, string>>;
  readonly event: 'image_generation.completed' | 'image_edit.completed';
  readonly filesOf: (files: readonly FormFile[]) => ImageFiles | 'none-possible';
}

const TYPES: JsonObject = {
  n: { type: 'integer' },
  output_compression: { type: 'integer' },
  partial_images: { type: 'integer' },
  stream: { type: 'boolean' },
};

const GENERATION: ImageCall = {
  shape: { files: [], types: TYPES },
  renamed: {},
  event: 'image_generation.completed',
  filesOf: () => 'none-possible',
};

const PICTURES = ['image', 'image[]'];

const EDIT: ImageCall = {
  shape: { files: [...PICTURES, 'mask'], types: TYPES },
  renamed: { image_urls: 'image', reference_image_urls: 'image', mask_url: 'mask' },
  event: 'image_edit.completed',
  filesOf: (files) => ({
    pictures: files.filter(({ name }) => PICTURES.includes(name)).map(({ url }) => url),
    mask: onlyOne(files, 'mask'),
  }),
};
