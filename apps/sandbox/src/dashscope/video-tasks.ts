import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { isFields } from '../fields.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { readEnvelope } from './dashscope-body.js';
import { accessDenied, DashScopeError, internalError, throttled } from './dashscope-error.js';
import { readHappyHorseJob, type HappyHorseJob } from './happyhorse-body.js';
import { LINK_LIFE_MS } from './qwen-image.js';
import type { ResultLinks } from './result-links.js';
import { listPage, readTaskQuery } from './task-list.js';
import { finishedAt, taskAnswer, taskStatus, type VideoTask } from './task-answer.js';

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

/** Asynchronous video: submit, poll, cancel. */
export class VideoTasks {
  private readonly tasks: RecentMap<VideoTask>;

  constructor(
    private readonly state: SandboxState,
    private readonly links: ResultLinks,
  ) {
    this.tasks = new RecentMap(MAX_TASKS, (task) => finishedAt(task) <= state.now());
  }

  async submit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.headers['x-dashscope-async'] !== 'enable') {
      throw accessDenied('current user api does not support synchronous calls.');
    }
    const job = readHappyHorseJob(readEnvelope(request.body));
    const rules = { faults: VIDEO_FAULTS, delayMs: this.state.delayMs };
    const order = takeOrder(this.state, job.prompt, rules);
    refuseIfDirected(order, { busy: throttled, broken: internalError });
    const task = this.accept(job, order);
    if (loseAnswerIfDirected(order, reply)) return;
    await reply.send({
      output: { task_status: 'PENDING', task_id: task.id },
      request_id: request.id,
    });
  }

  /** A task that is not known is no error: its status is UNKNOWN. */
  poll(request: FastifyRequest, id: string): Readonly<Record<string, unknown>> {
    const task = this.tasks.get(id);
    if (!task) return { request_id: request.id, output: { task_id: id, task_status: 'UNKNOWN' } };
    const status = task.scriptedPolls.shift() ?? taskStatus(task, this.state.now());
    const answer = taskAnswer(task, status, () => {
      const [url = ''] = this.links.links(request, task.order, [task.result]);
      return url;
    });
    return { request_id: request.id, ...answer };
  }

  /** A page of what was submitted, newest first; without prompts, as the vendor has it. @throws DashScopeError */
  list(request: FastifyRequest): Readonly<Record<string, unknown>> {
    const query = readTaskQuery(isFields(request.query) ? request.query : {});
    return {
      ...listPage(this.tasks.values(), query, this.state.now()),
      request_id: request.id,
    };
  }

  /** @throws DashScopeError unless the task is still waiting. */
  cancel(request: FastifyRequest, id: string): Readonly<Record<string, unknown>> {
    const task = this.tasks.get(id);
    if (!task || taskStatus(task, this.state.now()) !== 'PENDING') {
      throw new DashScopeError(
        400,
        'UnsupportedOperation',
        'Failed to cancel the task, please confirm if the task is in PENDING status.',
      );
    }
    task.canceledAt = this.state.now();
    return { request_id: request.id };
  }

  private accept(job: HappyHorseJob, order: Order): VideoTask {
    const id = randomUUID();
    const submittedAt = this.state.now();
    const recipe = {
      kind: 'movie',
      aspectRatio: job.ratio,
      seconds: job.duration,
      text: order.text || id,
    } as const;
    const expiresAt = submittedAt + order.workMs + LINK_LIFE_MS;
    const result = this.links.add({ recipe, order, expiresAt });
    const task = { id, job, order, submittedAt, result, canceledAt: null, ...course(order) };
    this.tasks.set(id, task);
    this.state.submits.add({
      provider: 'dashscope',
      model: job.model,
      vendorId: id,
      prompt: job.prompt,
    });
    return task;
  }
}

function course(order: Order): Pick<VideoTask, 'ending' | 'scriptedPolls'> {
  const scriptedPolls = [
    ...(order.shows('regress') ? ['RUNNING', 'PENDING'] : []),
    ...(order.shows('unknown-status') ? ['WARMING_UP', 'WARMING_UP'] : []),
  ];
  if (order.shows('moderated')) return { ending: 'rejected', scriptedPolls };
  return { ending: order.shows('fail') ? 'FAILED' : 'SUCCEEDED', scriptedPolls };
}
