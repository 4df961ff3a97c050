import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import { wasCutOff } from './directions/cut-off.js';
import { bearerKey } from './keys.js';
import type { Vendor } from './submit-log.js';

/** One request that a stand-in of OpenAI was sent, whatever became of it. */
export interface SeenCall {
  readonly provider: Vendor;
  readonly key: string | null;
  readonly method: string;
  /** Path and query as they arrived. */
  readonly path: string;
  /** Of calls that answer with text, as soon as their body was read. */
  readonly model: string | null;
  /** Unix milliseconds. */
  readonly at: number;
  /** Of the answer whose head has left; null: none has. */
  readonly status: number | null;
  /** `answered` whole; `cut` by the stand-in; `left`: the caller hung up; `open`: still on its way. */
  readonly state: 'open' | 'answered' | 'cut' | 'left';
  /** Unix milliseconds; null while it is open. */
  readonly endedAt: number | null;
}

interface Entry {
  call: SeenCall;
  /** Null once it is over, so that a long log holds no connections. */
  raw: ServerResponse | null;
}

const MAX_CALLS = 20_000;

/** The upstream's own view: what came, under which key, and how it ended. The latest ones are kept. */
export class RequestLog {
  private entries: Entry[] = [];
  private readonly byAnswer = new WeakMap<ServerResponse, Entry>();

  constructor(private readonly now: () => number) {}

  begin(provider: Vendor, request: FastifyRequest, { raw }: FastifyReply): void {
    const call: SeenCall = {
      provider,
      key: bearerKey(request.headers.authorization),
      method: request.method,
      path: request.url,
      model: null,
      at: this.now(),
      status: null,
      state: 'open',
      endedAt: null,
    };
    const entry: Entry = { call, raw };
    raw.once('close', () => {
      entry.call = {
        ...entry.call,
        status: sentStatus(raw),
        state: endOf(raw),
        endedAt: this.now(),
      };
      entry.raw = null;
    });
    this.byAnswer.set(raw, entry);
    this.entries.push(entry);
    if (this.entries.length > 2 * MAX_CALLS) this.entries = this.entries.slice(-MAX_CALLS);
  }

  nameModel({ raw }: FastifyReply, model: string): void {
    const entry = this.byAnswer.get(raw);
    if (entry) entry.call = { ...entry.call, model };
  }

  /** Oldest first. Null as key: every key. */
  list(filter: { readonly key: string | null; readonly since: number }): readonly SeenCall[] {
    return this.entries
      .filter(({ call }) => call.at >= filter.since && (filter.key ?? call.key) === call.key)
      .map(({ call, raw }) => (raw === null ? call : { ...call, status: sentStatus(raw) }));
  }
}

const sentStatus = (raw: ServerResponse): number | null =>
  raw.headersSent ? raw.statusCode : null;

function endOf(raw: ServerResponse): SeenCall['state'] {
  if (wasCutOff(raw)) return 'cut';
  return raw.writableFinished ? 'answered' : 'left';
}
