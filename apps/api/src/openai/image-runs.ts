import { Readable } from 'node:stream';
import { errorBody, GatewayError } from '@app/errors';
import { OutputStore } from '@app/outputs';
import type { StoredFacts, TaskDetail } from '@app/tasks';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_STREAM_HEADERS, HEARTBEAT } from '../http/event-stream.js';
import { requireKey } from '../http/open-calls.js';
import { renderError } from '../http/render-error.js';
import { TaskSettings } from '../tasks/task-settings.js';
import {
  type ImageAnswer,
  imageEvents,
  imageJson,
  lengthOf,
  picturesOf,
  sent,
} from './image-answer.js';
import type { ImageFormat } from './image-input.js';
import { type AwaitedTask, TaskEnd, type TaskEnding } from './task-end.js';
import { failureBody } from './task-failure.js';

export interface ImageRun {
  readonly awaited: AwaitedTask;
  readonly format: ImageFormat;
  readonly event: 'image_generation.completed' | 'image_edit.completed';
}

/** Answers with a task's pictures once it has ended, however long that takes. */
@Injectable()
export class ImageRuns {
  constructor(
    private readonly end: TaskEnd,
    private readonly outputs: OutputStore,
    private readonly settings: TaskSettings,
  ) {}

  /** One JSON object. @throws GatewayError */
  async answer(request: FastifyRequest, reply: FastifyReply, run: ImageRun): Promise<void> {
    keepAlive(request);
    const ending = await this.end.whenEnded(run.awaited);
    if (!ending.ended && ending.because === 'gone') return requireKey(run.awaited.gone);
    const detail = endedOrThrow(ending, run.awaited.taskId);
    const { error } = detail.task;
    if (error) {
      request.errorCode = error.code;
      const body = failureBody(error, request.id);
      // Asking again would make, and pay for, another task; that is for a person to decide.
      return void (await reply.status(body.code).header('x-should-retry', 'false').send(body));
    }
    refuseWithoutPictures(detail);
    const parts = imageJson(this.about(detail, run));
    const body = Readable.from(sent(parts, this.open));
    // The head has left by then: the connection is broken, and the answer never looks complete.
    body.once('error', (thrown) => this.settings.onBug(thrown, request.id));
    await reply
      .removeHeader('x-should-retry')
      .status(200)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        'content-length': lengthOf(parts),
      })
      .send(body);
  }

  /** An event stream that is never silent for long. */
  async stream(request: FastifyRequest, reply: FastifyReply, run: ImageRun): Promise<void> {
    const frames = Readable.from(this.frames(request, run));
    await reply.status(200).headers(EVENT_STREAM_HEADERS).send(frames);
  }

  private async *frames(request: FastifyRequest, run: ImageRun): AsyncGenerator<string> {
    try {
      const waiting = this.end.of(run.awaited);
      // Also the first byte that proxies pass on.
      yield HEARTBEAT;
      let step = await waiting.next();
      while (!step.done) {
        yield HEARTBEAT;
        step = await waiting.next();
      }
      yield* this.ended(request, run, step.value);
    } catch (thrown) {
      const { error } = renderError(thrown, request.id);
      request.errorCode = error.code;
      if (error.code === 'INTERNAL') this.settings.onBug(thrown, request.id);
      yield errorFrame(errorBody(error, request.id).error);
    }
  }

  private async *ended(
    request: FastifyRequest,
    run: ImageRun,
    ending: TaskEnding,
  ): AsyncGenerator<string> {
    if (!ending.ended && ending.because === 'gone') return requireKey(run.awaited.gone);
    const detail = endedOrThrow(ending, run.awaited.taskId);
    const { error } = detail.task;
    if (error) {
      request.errorCode = error.code;
      yield errorFrame(failureBody(error, request.id).error);
      return;
    }
    refuseWithoutPictures(detail);
    yield* sent(imageEvents(run.event, this.about(detail, run)), this.open);
  }

  private about(detail: TaskDetail, { format }: ImageRun): ImageAnswer {
    return { detail, format, link: this.settings.link, now: new Date() };
  }

  private readonly open = async ({ key }: StoredFacts): Promise<Readable> => {
    const found = await this.outputs.open(key);
    if (found) return found.body;
    throw new GatewayError('NOT_FOUND', 'The bytes of this picture are gone.');
  };
}

/** A connection that is silent for minutes is kept by those on the way that look at TCP alone. */
function keepAlive({ raw }: FastifyRequest): void {
  raw.socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

const KEEP_ALIVE_MS = 30_000;

function endedOrThrow(ending: TaskEnding, taskId: string): TaskDetail {
  if (ending.ended) return ending.detail;
  const message = `This process can wait no longer, but the task goes on: GET /v1/tasks/${taskId}.`;
  throw new GatewayError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 1 });
}

function refuseWithoutPictures(detail: TaskDetail): void {
  if (picturesOf(detail, new Date()).length > 0) return;
  throw new GatewayError('NOT_FOUND', `The pictures of task ${detail.task.id} have expired.`);
}

/** OpenAI's clients raise it; a frame before it may be half there, so it begins with a blank line. */
const errorFrame = (error: object): string =>
  `\n\nevent: error\ndata: ${JSON.stringify({ error })}\n\n`;
