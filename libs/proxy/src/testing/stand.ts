import { errorBody } from '@app/errors';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PassThroughError, type PassThroughRecord } from '../pass-through-record.js';
import { PassThrough } from '../pass-through.js';
import { UpstreamAccounts } from '../upstream-accounts.js';
import { UpstreamClient, type UpstreamOptions } from '../upstream-client.js';
import { deferred } from './deferred.js';
import { keysOf } from './keys-of.js';
import { listen, type LoopbackServer } from './loopback.js';

export interface StandOptions extends Partial<UpstreamOptions> {
  readonly keys?: string;
  readonly maxBodyBytes?: number;
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
  const client = new UpstreamClient({ baseUrl: `${upstream.url}/v1`, ...options });
  const keys = keysOf(...(options.keys ?? 'sk-up').split(',').filter(Boolean));
  const accounts = new UpstreamAccounts({ keys: () => keys });
  const passThrough = new PassThrough(client, accounts, {
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
  });
  const record = deferred<PassThroughRecord>();
  const front = await listen((request, response) => {
    void answer(passThrough, { request, response, signal: options.signal }).then(record.resolve);
  });
  const close = async (): Promise<void> => {
    await Promise.all([front.close(), client.close(), upstream.close()]);
  };
  return { front, upstream, record: record.promise, close };
}

interface Ends {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal | undefined;
}

/** What the API's route does: run the exchange, answer its error. */
async function answer(passThrough: PassThrough, ends: Ends): Promise<PassThroughRecord> {
  const { request, response, signal } = ends;
  try {
    return await passThrough.exchange(
      {
        method: request.method ?? '',
        target: request.url ?? '',
        rawHeaders: request.rawHeaders,
        body: request,
        requestId: 'req_1',
        signal,
      },
      response,
    );
  } catch (error) {
    if (!(error instanceof PassThroughError)) throw error;
    if (error.mayHaveRun) response.setHeader('x-should-retry', 'false');
    response.writeHead(error.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(errorBody(error, 'req_1')));
    return error.record;
  }
}
