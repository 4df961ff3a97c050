import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { isFields, readText } from '../fields.js';
import { bearerKey } from '../keys.js';
import { broken, busy, invalidRequest, notFound } from '../openai/openai-error.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { readVideoJob, type VideoJob } from './video-body.js';
import { finishedAt, videoObject, videoStatus, type VideoTask } from './video-task.js';

const VIDEO_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'regress',
  'unknown-status',
  'expired-url',
  'truncated-output',
  'html-output',
  'slow-output',
] as const;
const MAX_TASKS = 50_000;

type Answer = Readonly<Record<string, unknown>>;

/** The jobs behind `/videos`: order, look, delete, remix. There is no way to stop one. */
export class CompatibleVideos {
  private readonly tasks: RecentMap<VideoTask>;

  constructor(private readonly state: SandboxState) {
    this.tasks = new RecentMap(MAX_TASKS, (task) => finishedAt(task) <= state.now());
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.order(await readVideoJob(request), { request, reply, remixedFrom: null });
  }

  /** @throws OpenAiError unless the film is there to be remixed */
  async remix(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const source = this.find(request);
    if (videoStatus(source, this.state.now()) !== 'completed') throw notReady();
    const prompt = isFields(request.body) ? readText(request.body, 'prompt') : '';
    if (prompt === '') {
      const message = "Missing required parameter: 'prompt'.";
      throw invalidRequest(message, 'prompt', 'missing_required_parameter');
    }
    await this.order({ ...source.job, prompt }, { request, reply, remixedFrom: source.id });
  }

  look(request: FastifyRequest): Answer {
    const task = this.find(request);
    const status = task.scriptedLooks.shift() ?? videoStatus(task, this.state.now());
    return this.show(task, status);
  }

  /** Everything of a key, oldest first, as the list shows it. */
  ofKey(request: FastifyRequest): readonly VideoTask[] {
    return [...this.tasks.values()].filter(({ owner }) => owner === ownerOf(request));
  }

  show(task: VideoTask, status = videoStatus(task, this.state.now())): Answer {
    return videoObject(task, status, this.state.now());
  }

  /** Only what is over: to delete is not to stop. @throws OpenAiError */
  delete(request: FastifyRequest): Answer {
    const task = this.find(request);
    if (finishedAt(task) > this.state.now()) {
      const message = 'Only completed or failed videos can be deleted.';
      throw invalidRequest(message, 'video_id', 'invalid_value');
    }
    this.tasks.delete(task.id);
    return { id: task.id, object: 'video.deleted', deleted: true };
  }

  /** @throws OpenAiError 404 */
  find(request: FastifyRequest): VideoTask {
    const id = isFields(request.params) ? readText(request.params, 'id') : '';
    const task = this.tasks.get(id);
    if (task?.owner === ownerOf(request)) return task;
    throw notFound(`Video with id '${id}' not found.`, 'video_id', 'not_found');
  }

  private async order(
    job: VideoJob,
    call: {
      readonly request: FastifyRequest;
      readonly reply: FastifyReply;
      readonly remixedFrom: string | null;
    },
  ): Promise<void> {
    const rules = { faults: VIDEO_FAULTS, delayMs: this.state.delayMs };
    const order = takeOrder(this.state, job.prompt, rules);
    refuseIfDirected(order, { busy, broken });
    const task: VideoTask = {
      id: `video_${randomBytes(16).toString('hex')}`,
      owner: ownerOf(call.request),
      job,
      order,
      createdAt: this.state.now(),
      remixedFrom: call.remixedFrom,
      ...courseOf(order),
    };
    this.tasks.set(task.id, task);
    const { model, prompt } = job;
    this.state.submits.add({ provider: 'openai-compatible', model, vendorId: task.id, prompt });
    if (loseAnswerIfDirected(order, call.reply)) return;
    await call.reply.send(this.show(task, 'queued'));
  }
}

export const notReady = (): Error =>
  notFound('Video is not ready yet, use GET /v1/videos/{video_id} to check status.', 'video_id');

const ownerOf = (request: FastifyRequest): string => bearerKey(request.headers.authorization) ?? '';

function courseOf(order: Order): Pick<VideoTask, 'ending' | 'isExpired' | 'scriptedLooks'> {
  const scriptedLooks = [
    ...(order.shows('regress') ? ['in_progress', 'queued'] : []),
    ...(order.shows('unknown-status') ? ['warming_up', 'warming_up'] : []),
  ];
  const isExpired = order.shows('expired-url');
  if (order.shows('moderated')) return { ending: 'moderated', isExpired, scriptedLooks };
  return { ending: order.shows('fail') ? 'failed' : 'completed', isExpired, scriptedLooks };
}
