import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import { FAULTS } from '../directions/read-directions.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { internalError, taskNotFound, throttled, wrongPhase } from './ark-error.js';
import { LINK_LIFE_MS, type ArkLinks } from './ark-links.js';
import { callBack } from './callbacks.js';
import { readFilmJob, type FilmJob } from './film-body.js';
import { filmPage, readFilmQuery } from './film-list.js';
import {
  faultOf,
  filmAnswer,
  filmStatus,
  finishedAt,
  isKept,
  startedAt,
  taskId,
  type FilmTask,
} from './film-task.js';

const MAX_TASKS = 50_000;

/** Films: submit, look, list, cancel or delete, and a callback at every change of status. */
export class FilmTasks {
  private readonly tasks: RecentMap<FilmTask>;

  constructor(
    private readonly state: SandboxState,
    private readonly links: ArkLinks,
  ) {
    this.tasks = new RecentMap(MAX_TASKS, (task) => finishedAt(task) <= state.now());
  }

  async submit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const job = readFilmJob(request.body);
    const faults = FAULTS.filter((name) => job.callbackUrl !== null || name !== 'duplicate-hook');
    const order = takeOrder(this.state, job.prompt, { faults, delayMs: this.state.delayMs });
    refuseIfDirected(order, { busy: throttled, broken: internalError });
    const task = this.accept(job, order);
    if (job.callbackUrl !== null) void this.tellOf(task, job.callbackUrl, request.host);
    if (loseAnswerIfDirected(order, reply)) return;
    const { safetyIdentifier } = job;
    await reply.send({
      id: task.id,
      ...(safetyIdentifier === null ? {} : { safety_identifier: safetyIdentifier }),
    });
  }

  /** @throws ArkError for a task that is not known, was deleted or is older than a week */
  look(id: string, host: string): Readonly<Record<string, unknown>> {
    const task = this.find(id);
    return this.answer(task, task.scripted.shift() ?? this.status(task), host);
  }

  list(query: unknown, host: string): Readonly<Record<string, unknown>> {
    const { items, total } = filmPage(this.tasks.values(), readFilmQuery(query), this.state.now());
    return { items: items.map((task) => this.answer(task, this.status(task), host)), total };
  }

  /** One that waits is canceled, one that is over loses its record. @throws ArkError for any other */
  remove(id: string): Readonly<Record<string, never>> {
    const task = this.find(id);
    const status = this.status(task);
    if (status === 'running' || status === 'cancelled') throw wrongPhase();
    if (status === 'queued') task.canceledAt = this.state.now();
    else this.tasks.delete(id);
    return {};
  }

  private find(id: string): FilmTask {
    const task = this.tasks.get(id);
    if (!task || !isKept(task, this.state.now())) throw taskNotFound(id);
    return task;
  }

  private status(task: FilmTask): string {
    return filmStatus(task, this.state.now());
  }

  private answer(task: FilmTask, status: string, host: string) {
    const link = (name: string): string => this.links.link(host, name);
    return filmAnswer(task, status, { now: this.state.now(), link });
  }

  private accept(job: FilmJob, order: Order): FilmTask {
    const submittedAt = this.state.now();
    const id = taskId(submittedAt);
    const text = order.text || id;
    const expiresAt = submittedAt + order.workMs + LINK_LIFE_MS;
    const { ratio: aspectRatio, duration: seconds } = job;
    const film = { kind: 'movie', aspectRatio, seconds, text } as const;
    const still = { kind: 'picture', format: 'png', width: 320, height: 180, text } as const;
    const task = {
      id,
      job,
      order,
      submittedAt,
      fault: faultOf(job, order),
      scripted: scriptOf(order),
      film: this.links.add({ recipe: film, order, expiresAt, ...downloadsOf(job) }),
      lastFrame: job.lastFrame ? this.links.add({ recipe: still, order, expiresAt }) : null,
      canceledAt: null,
    };
    this.tasks.set(id, task);
    const { name: model, prompt } = job;
    this.state.submits.add({ provider: 'ark', model, vendorId: id, prompt });
    return task;
  }

  /** A post at every status; the end twice when `duplicate-hook` is directed. The sandbox stopping ends it. */
  private async tellOf(task: FilmTask, url: string, host: string): Promise<void> {
    const tell = async (status: string, isEnd: boolean): Promise<void> => {
      await callBack(this.state, { url, body: this.answer(task, status, host), isEnd });
    };
    const isStopped = (): boolean => task.canceledAt !== null;
    try {
      void tell('queued', false);
      await this.state.work(startedAt(task) - task.submittedAt);
      if (isStopped()) return;
      void tell('running', false);
      await this.state.work(finishedAt(task) - startedAt(task));
      const end = task.fault === null ? 'succeeded' : 'failed';
      await tell(end, true);
      if (task.order.shows('duplicate-hook')) await tell(end, true);
    } catch (error) {
      if (!this.state.stopping.aborted) throw error;
    }
  }
}

/** Films of Seedance 2.5 may be fetched a hundred times. */
const downloadsOf = ({ model }: FilmJob): { readonly downloads?: number } =>
  model.generation === '2.5' ? { downloads: 100 } : {};

function scriptOf(order: Order): string[] {
  return [
    ...(order.shows('regress') ? ['running', 'queued'] : []),
    ...(order.shows('unknown-status') ? ['warming_up', 'warming_up'] : []),
  ];
}
