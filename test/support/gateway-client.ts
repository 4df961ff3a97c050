import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else its text. */
  readonly body: unknown;
}

/** The fields of a task's detail object that tests look at (the contract has them all). */
export interface TaskDetail {
  readonly taskId: string;
  readonly status: 'queued' | 'handling' | 'archiving' | 'success' | 'fail';
  readonly model: string;
  readonly provider: string;
  readonly progress: number;
  readonly created: number;
  readonly started: number;
  readonly completed: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly output?: readonly {
    readonly url: string;
    readonly type: string;
    readonly mime: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly width?: number;
    readonly height?: number;
    readonly expireAt: number;
  }[];
  readonly usage?: {
    readonly unit: string;
    readonly quantity: number;
    readonly costUsd: number | null;
  };
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
  readonly callback?: { readonly state: string; readonly attempts: number };
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
}

/** Talks to one gateway with one key, by `fetch` alone: what a stranger's program would do. */
export class GatewayClient {
  constructor(
    readonly url: string,
    private readonly key: string,
  ) {}

  async request(path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, headers = {} } = options;
    const response = await fetch(this.url + path, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }

  /** @returns the id. @throws with the answer, when the task was not taken. */
  async createTask(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await this.request('/v1/tasks', { body, headers });
    const { data } = answer.body as { data?: { taskId?: string } }; // the envelope of the contract
    if (answer.status === 200 && data?.taskId) return data.taskId;
    throw new Error(`The task was not taken: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async getTask(taskId: string): Promise<TaskDetail> {
    const answer = await this.request(`/v1/tasks/${taskId}`);
    if (answer.status === 200) return (answer.body as { data: TaskDetail }).data; // the envelope
    throw new Error(`No task ${taskId}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /**
   * Looks until the task has ended: often at first, then less so, for a hundred who wait beside one
   * another must not be the load. @throws after the deadline, with what was seen last.
   */
  async untilTerminal(taskId: string, deadlineMs = 60_000): Promise<TaskDetail> {
    const startedAt = Date.now();
    for (;;) {
      const task = await this.getTask(taskId);
      if (isTerminal(task)) return task;
      const waitedMs = Date.now() - startedAt;
      if (waitedMs > deadlineMs) {
        throw new Error(
          `Task ${taskId} has not ended after ${deadlineMs} ms: ${JSON.stringify(task)}`,
        );
      }
      await sleep(Math.min(LOOK_EVERY_MS + waitedMs / 20, 500)); // a twentieth later than at once
    }
  }

  /** The task at each status that was seen, in order, until it has ended or the deadline is over. */
  async watch(taskId: string, deadlineMs = 30_000): Promise<readonly TaskDetail[]> {
    const until = Date.now() + deadlineMs;
    const seen: TaskDetail[] = [];
    for (;;) {
      const task = await this.getTask(taskId);
      if (task.status !== seen.at(-1)?.status) seen.push(task);
      if (isTerminal(task) || Date.now() > until) return seen;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** Polling is what the clients of this API do. */
const LOOK_EVERY_MS = 25;

const isTerminal = ({ status }: TaskDetail): boolean => status === 'success' || status === 'fail';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
