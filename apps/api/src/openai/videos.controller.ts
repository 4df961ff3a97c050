import { GatewayError } from '@app/errors';
import { OutputStore } from '@app/outputs';
import { Catalog } from '@app/providers';
import { isFinal, type TaskDetail, TaskStore } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, Delete, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../http/admission.js';
import { isTaskId } from '../http/owned-routes.js';
import { RequestLimits } from '../http/request-limits.js';
import { describeFile, sendBytes } from '../outputs/send-file.js';
import { PassThroughRoute } from '../pass-through/pass-through.route.js';
import { EraseTask } from '../tasks/erase-task.js';
import { one, type TaskQuery } from '../tasks/task-query.js';
import {
  ApiVideo,
  ApiVideoContent,
  ApiVideoCreate,
  ApiVideoDelete,
  ApiVideoList,
} from './openai.schema.js';
import { onlyOne } from './read-form.js';
import { type FormShape, RequestReader } from './read-request.js';
import { SharedPath } from './shared-path.js';
import { TaskCreation } from './task-creation.js';
import { videoInput } from './video-input.js';
import { VideoList } from './video-list.js';
import { videoObject } from './video-object.js';

const SHAPE: FormShape = { files: ['input_reference'], types: {} };
const RENAMED = {
  duration: 'seconds',
  first_frame_url: 'input_reference',
  image_urls: 'input_reference',
  reference_image_urls: 'input_reference',
};

/** OpenAI's Videos API for every film model of the catalog; ids that are no tasks' are the upstream's. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/videos')
export class VideosController {
  constructor(
    private readonly paths: SharedPath,
    private readonly requests: RequestReader,
    private readonly creation: TaskCreation,
    private readonly admission: Admission,
    private readonly limits: RequestLimits,
    private readonly passThrough: PassThroughRoute,
    private readonly store: TaskStore,
    private readonly videos: VideoList,
    private readonly eraser: EraseTask,
    private readonly outputs: OutputStore,
    private readonly catalog: Catalog,
  ) {}

  @Post()
  @RouteConfig({ streamed: true })
  @ApiVideoCreate()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const own = await this.paths.take(request, reply, 'video');
    if (!own) return;
    const { body, files, fingerprint } = await this.requests.read(request, own, SHAPE);
    const input = videoInput(body, own.model, onlyOne(files, 'input_reference'));
    const asked = { own, input, fingerprint, renamed: RENAMED };
    const taskId = await this.creation.create(request, reply, asked);
    await reply.status(200).send(this.present(await this.find(own.identity.tenantId, taskId)));
  }

  @Get()
  @RouteConfig({ streamed: true })
  @ApiVideoList()
  async list(
    @Query() query: TaskQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { tenantId } = await this.admitRead(request, reply);
    const { details, hasMore } = await this.videos.page(tenantId, query);
    const data = details.map((detail) => this.present(detail));
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    await reply.send({ object: 'list', data, ...ends, has_more: hasMore });
  }

  @Get(':videoId')
  @RouteConfig({ streamed: true })
  @ApiVideo()
  async retrieve(
    @Param('videoId') videoId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isTaskId(videoId)) return await this.passThrough.forward(request, reply, request.raw);
    const { tenantId } = await this.admitRead(request, reply);
    await reply.send(this.present(await this.find(tenantId, videoId)));
  }

  @Get(':videoId/content')
  @RouteConfig({ streamed: true })
  @ApiVideoContent()
  async content(
    @Param('videoId') videoId: string,
    @Query() query: TaskQuery,
    @Headers('range') range: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isTaskId(videoId)) return await this.passThrough.forward(request, reply, request.raw);
    const { tenantId } = await this.admitRead(request, reply);
    refuseVariant(one(query, 'variant') ?? 'video');
    const facts = filmOf(await this.find(tenantId, videoId));
    describeFile(reply, facts);
    await sendBytes(reply, this.outputs, { ...facts, range });
  }

  @Delete(':videoId')
  @RouteConfig({ streamed: true })
  @ApiVideoDelete()
  async delete(
    @Param('videoId') videoId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isTaskId(videoId)) return await this.passThrough.forward(request, reply, request.raw);
    const { tenantId } = await this.admission.admit(request, 'tasks');
    await this.limits.take(request, reply, 'requests');
    const { task } = await this.find(tenantId, videoId);
    if (!isFinal(task.status)) {
      throw refuse(
        `Video ${videoId} is not finished; it can be deleted then. POST /v1/tasks/${videoId}/cancel stops it.`,
      );
    }
    if (!(await this.eraser.erase(tenantId, videoId))) throw noVideo(videoId);
    await reply.send({ id: videoId, object: 'video.deleted', deleted: true });
  }

  private async admitRead(request: FastifyRequest, reply: FastifyReply): Promise<Identity> {
    const identity = await this.admission.admit(request, 'read');
    await this.limits.take(request, reply, 'reads');
    return identity;
  }

  private async find(tenantId: string, videoId: string): Promise<TaskDetail> {
    const detail = await this.store.findDetail(tenantId, videoId);
    if (detail?.task.kind !== 'video') throw noVideo(videoId);
    return detail;
  }

  private present(detail: TaskDetail) {
    const lookup = this.catalog.find(detail.task.model);
    return videoObject(detail, lookup.found ? lookup.model : null);
  }
}

/** The first film; a task that made several shows them all at `/v1/tasks/{id}`. */
function filmOf({ task, outputs }: TaskDetail) {
  if (!isFinal(task.status))
    throw refuse(`Video ${task.id} is not finished; it has no content yet.`);
  if (task.error) throw refuse(`Video ${task.id} failed and has no content: ${task.error.message}`);
  const film = outputs.find(({ stored }) => stored !== null);
  if (film?.stored && film.expireAt > new Date()) return film.stored;
  throw new GatewayError('NOT_FOUND', `The content of video ${task.id} has expired.`);
}

function refuseVariant(variant: string): void {
  if (variant === 'video') return;
  const message = `variant takes video, not ${JSON.stringify(variant.slice(0, 80))}.`;
  throw new GatewayError('INVALID_REQUEST', message, { param: 'variant' });
}

const refuse = (message: string): GatewayError => new GatewayError('INVALID_REQUEST', message);

const noVideo = (videoId: string): GatewayError =>
  new GatewayError('NOT_FOUND', `No video ${videoId}.`);
