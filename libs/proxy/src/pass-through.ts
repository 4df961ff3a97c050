import type { ServerResponse } from 'node:http';
import { Exchange } from './exchange.js';
import type { Governor } from './governor.js';
import { HeldBytes } from './held-bytes.js';
import type { IncomingExchange } from './incoming-exchange.js';
import type { PassThroughRecord } from './pass-through-record.js';
import { type ReadRequest, readUpstream, type UpstreamRead } from './read-upstream.js';
import type { UpstreamAccounts } from './upstream-accounts.js';
import type { UpstreamClient } from './upstream-client.js';

export interface PassThroughOptions {
  /** Larger request bodies are refused or, where their length was not told, cut off. */
  readonly maxBodyBytes: number;
  /** JSON bodies up to this are read whole; larger ones are streamed, and cannot be judged. */
  readonly maxJsonBytes: number;
  /** Bytes of bodies that are read and not yet sent on, of all requests together. */
  readonly maxHeldBytes: number;
  /** All names by which policy judges a model. */
  readonly namesOf: (model: string) => readonly string[];
  readonly governor: Governor;
}

/**
 * The pass-through: any method and path under `/v1/*`, streamed both ways to one OpenAI-compatible
 * upstream with the caller's key replaced by one of the upstream's. Bytes are not changed; JSON bodies
 * are read before they are sent on, and judged.
 */
export class PassThrough {
  private readonly held: HeldBytes;

  constructor(
    private readonly client: UpstreamClient,
    private readonly accounts: UpstreamAccounts,
    private readonly options: PassThroughOptions,
  ) {
    this.held = new HeldBytes(options.maxHeldBytes);
  }

  /**
   * Resolves when the answer was handed over whole, the caller left, or the upstream cut its answer
   * (the response is then broken off, never ended as if complete). The response must be untouched;
   * the caller keeps the duty to answer an error.
   *
   * @throws PassThroughError, only while nothing was written
   */
  async exchange(incoming: IncomingExchange, response: ServerResponse): Promise<PassThroughRecord> {
    const { client, accounts, held, options } = this;
    return await new Exchange({ incoming, response, client, accounts, held, options }).run();
  }

  /**
   * What the upstream answers to a GET, for the gateway itself to read.
   * @throws GatewayError, or the signal's reason
   */
  async read(request: ReadRequest): Promise<UpstreamRead> {
    const { client, accounts } = this;
    return await readUpstream({ client, accounts }, request);
  }
}
