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
import type { Job } from './jobs.js';
import { LINK_LIFE_MS } from './qwen-image.js';
import type { ReadJob } from './read-job.js';
import { recipesOf } from './recipes.js';
import type { ResultLinks } from './result-links.js';
import { listPage, readTaskQuery } from './task-list.js';
import { type AsyncTask, finishedAt, taskAnswer, taskStatus } from './task-answer.js';

const TASK_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'moderated-part',
  'regress',
  'unknown-status',
  'expired-url',
  'truncated-output',
  'html-output',
  'slow-output',
] as const;
const MAX_TASKS = 50_000;

/** Everything asynchronous, films and pictures: submit, poll, list, cancel. */
export class AsyncTasks {
  private readonly tasks: RecentMap<AsyncTask>;

  constructor(
    private readonly state: SandboxState,
    private readonly links: ResultLinks,
  ) {
    this.tasks = new RecentMap(MAX_TASKS, (task) => finishedAt(task) <= state.now());
  }

  async submit(read: ReadJob, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.headers['x-dashscope-async'] !== 'enable') {
      throw accessDenied('current user api does not support synchronous calls.');
    }
    const job = read(readEnvelope(request.body));
    // One of several can be missing, one of one cannot.
    const isOne = job.kind === 'film' || job.n === 1;
    const faults = TASK_FAULTS.filter((fault) => fault !== 'moderated-part' || !isOne);
    const order = takeOrder(this.state, job.prompt, { faults, delayMs: this.state.delayMs });
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
    const answer = taskAnswer(task, status, () =>
      this.links.links(request, task.order, task.results),
    );
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

  private accept(job: Job, order: Order): AsyncTask {
    const id = randomUUID();
    const submittedAt = this.state.now();
    const expiresAt = submittedAt + order.workMs + LINK_LIFE_MS;
    const results = recipesOf(job, order, id).map((recipe) =>
      this.links.add({ recipe, order, expiresAt }),
    );
    const task = { id, job, order, submittedAt, results, canceledAt: null, ...course(order) };
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

function course(order: Order): Pick<AsyncTask, 'ending' | 'scriptedPolls'> {
  const scriptedPolls = [
    ...(order.shows('regress') ? ['RUNNING', 'PENDING'] : []),
    ...(order.shows('unknown-status') ? ['WARMING_UP', 'WARMING_UP'] : []),
  ];
  if (order.shows('moderated')) return { ending: 'rejected', scriptedPolls };
  return { ending: order.shows('fail') ? 'FAILED' : 'SUCCEEDED', scriptedPolls };
}
