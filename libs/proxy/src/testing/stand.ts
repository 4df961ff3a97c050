import { errorBody } from '@app/errors';
import type { Identity, Policy } from '@app/tenants';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Governor } from '../governor.js';
import { PassThroughError, type PassThroughRecord } from '../pass-through-record.js';
import type { PassThrough } from '../pass-through.js';
import { UpstreamAccounts } from '../upstream-accounts.js';
import type { Objects } from '../objects/objects.js';
import type { Replays } from '../replays/replays.js';
import type { Route } from '../routing/route.js';
import { Routing } from '../routing/routing.js';
import { Upstreams } from '../routing/upstreams.js';
import { UpstreamClient } from '../upstream-client.js';
import { deferred } from './deferred.js';
import { keysOf } from './keys-of.js';
import { listen, type LoopbackServer } from './loopback.js';
import { plainPassThrough } from './plain-pass-through.js';

export interface StandOptions {
  /** Default: the upstream server's. */
  readonly baseUrl?: string;
  readonly keys?: string;
  readonly maxBodyBytes?: number;
  readonly maxJsonBytes?: number;
  readonly maxHeldBytes?: number;
  readonly namesOf?: (model: string) => readonly string[];
  readonly governor?: Governor;
  readonly objects?: Objects;
  readonly replays?: Replays;
  readonly routes?: readonly Route[];
  /** For answers that are held; default: the system's folder for such. */
  readonly holdFolder?: string;
  /** Default: no. */
  readonly injectUsage?: boolean;
  /** Of the tenant, of the key. */
  readonly policy?: Policy;
  readonly keyPolicy?: Policy;
  /** Of a request; default: all are of one. */
  readonly tenantOf?: (request: IncomingMessage) => string;
  /** Given to every exchange. */
  readonly signal?: AbortSignal;
}

/** A front server whose every request runs through the pass-through to an upstream server. */
export interface Stand {
  readonly front: LoopbackServer;
  readonly upstream: LoopbackServer;
  /** The record of the first exchange, once it is over. */
  readonly record: Promise<PassThroughRecord>;
  close(): Promise<void>;
}

export async function stand(listener: RequestListener, options: StandOptions = {}): Promise<Stand> {
  const upstream = await listen(listener);
  const baseUrl = options.baseUrl ?? `${upstream.url}/v1`;
  const client = new UpstreamClient({ baseUrl });
  const keys = keysOf(...(options.keys ?? 'sk-up').split(',').filter(Boolean));
  const accounts = new UpstreamAccounts({ keys: () => keys });
  const spec = { name: 'openai', baseUrl, weight: 1, injectUsage: options.injectUsage ?? false };
  const routing = new Routing(new Upstreams({ ...spec, client, accounts }));
  routing.replaceRoutes(options.routes ?? []);
  const passThrough = plainPassThrough(routing, options);
  const record = deferred<PassThroughRecord>();
  const front = await listen((request, response) => {
    void answer(passThrough, { request, response, options }).then(record.resolve);
  });
  const close = async (): Promise<void> => {
    await Promise.all([front.close(), client.close(), upstream.close()]);
  };
  return { front, upstream, record: record.promise, close };
}

interface Ends {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly options: StandOptions;
}

/** What the API's route does: run the exchange, answer its error. */
async function answer(passThrough: PassThrough, ends: Ends): Promise<PassThroughRecord> {
  const { request, response, options } = ends;
  try {
    return await passThrough.exchange(
      {
        identity: identity(options, request),
        method: request.method ?? '',
        target: request.url ?? '',
        rawHeaders: request.rawHeaders,
        body: request,
        requestId: 'req_1',
        signal: options.signal,
      },
      response,
    );
  } catch (error) {
    if (!(error instanceof PassThroughError)) throw error;
    if (error.mayHaveRun) response.setHeader('x-should-retry', 'false');
    response.writeHead(error.status, { ...error.headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(errorBody(error, 'req_1')));
    return error.record;
  }
}

const identity = (
  { policy = {}, keyPolicy = {}, tenantOf = () => 'tn_1' }: StandOptions,
  request: IncomingMessage,
): Identity => ({
  tenantId: tenantOf(request),
  tenantName: 'acme',
  keyId: 'key_1',
  keyPrefix: 'tg-12345',
  scopes: ['proxy'],
  policy,
  keyPolicy,
  callbacks: {},
  expiresAt: null,
});
