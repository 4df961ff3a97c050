import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

interface Kept {
  readonly id: string;
  readonly object: string;
  readonly created_at: number;
}

/** What reached the upstream whole. */
export interface SeenRequest {
  /** The upstream's key. */
  readonly key: string;
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/**
 * An upstream whose every key is a project of its own: what is made with one is seen with that one alone.
 * `POST /v1/{collection}` makes, `GET` lists newest first, `GET` and `DELETE /v1/{collection}/{id}` do what
 * they say; a body with `stream` gets its answer as events. A realtime call has its id in `location` alone.
 */
export class ObjectUpstream {
  readonly seen: SeenRequest[] = [];
  private readonly projects = new Map<string, Map<string, Kept[]>>();
  /** Set: what every request is answered with. */
  answers: { readonly status: number; readonly type: string; readonly body: string } | null = null;
  private made = 0;

  readonly listener: RequestListener = (request, response) => {
    void this.answer(request, response).catch(() => response.destroy());
  };

  /** Made by whoever else has the key. */
  add(key: string, collection: string, id: string): void {
    this.made += 1;
    this.list(key, collection).unshift({ id, object: collection, created_at: this.made });
  }

  private list(key: string, collection: string): Kept[] {
    const project = this.projects.get(key) ?? new Map<string, Kept[]>();
    this.projects.set(key, project);
    const list = project.get(collection) ?? [];
    project.set(collection, list);
    return list;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const key = (request.headers.authorization ?? '').replace('Bearer ', '');
    const body = await text(request);
    this.seen.push({ key, method, target: url, body });
    const { pathname, searchParams } = new URL(url, 'http://upstream');
    const [, , collection = '', id, ...below] = pathname.split('/');
    if (this.answers) {
      const { status, type, body: said } = this.answers;
      response.writeHead(status, { 'content-type': type }).end(said);
      return;
    }
    if (pathname === '/v1/realtime/calls') {
      response.writeHead(201, { location: '/v1/realtime/calls/rtc_00000001' }).end('v=0');
      return;
    }
    const list = this.list(key, collection);
    const found = list.find((one) => one.id === id);
    if (method === 'POST' && id === undefined)
      return this.make(response, { key, collection, body });
    if (method === 'GET' && id === undefined) return json(response, pageOf(list, searchParams));
    if (!found) return json(response, { error: { message: 'none' } }, 404);
    if (method === 'DELETE') list.splice(list.indexOf(found), 1);
    json(response, below.length > 0 ? { data: below } : found);
  }

  private make(
    response: ServerResponse,
    { key, collection, body }: { key: string; collection: string; body: string },
  ): void {
    const id = `${PREFIXES[collection] ?? 'thing'}_${String(this.made).padStart(8, '0')}a`;
    this.add(key, collection, id);
    const made = { id, object: collection, created_at: this.made };
    if (body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: response.created\ndata: ${JSON.stringify({ response: made })}\n\n`);
      response.write(`data: ${JSON.stringify({ item: { id: `msg_${id}` } })}\n\n`);
      const end = { type: 'response.completed', response: made };
      response.end(`event: response.completed\ndata: ${JSON.stringify(end)}\n\n`);
    } else json(response, { ...made, output: [{ id: `msg_${id}` }] });
  }
}

const PREFIXES: Readonly<Record<string, string>> = {
  files: 'file',
  responses: 'resp',
  batches: 'batch',
  vector_stores: 'vs',
  conversations: 'conv',
};

function pageOf(list: readonly Kept[], query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? 20);
  const ordered = query.get('order') === 'asc' ? list.toReversed() : list;
  const from = ordered.findIndex(({ id }) => id === query.get('after')) + 1;
  const data = ordered.slice(from, from + limit);
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  return { object: 'list', data, ...ends, has_more: ordered.length > from + limit };
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
