import type { ServerResponse } from 'node:http';
import { Exchange } from './exchange.js';
import { HeldBytes } from './held-bytes.js';
import type { IncomingExchange } from './incoming-exchange.js';
import type { PassThroughOptions } from './pass-through-options.js';
import type { PassThroughRecord } from './pass-through-record.js';
import { type ReadRequest, readUpstream, type UpstreamRead } from './read-upstream.js';
import type { Routing } from './routing/routing.js';
import type { TargetHealth } from './routing/target-health.js';

/**
 * The pass-through: any method and path under `/v1/*`, streamed both ways to an OpenAI-compatible
 * upstream with the caller's key replaced by one of the upstream's. Bytes are changed in two cases only
 * (`rewrite-body.ts`); JSON bodies are read before they are sent on, and judged.
 */
export class PassThrough {
  private readonly held: HeldBytes;

  constructor(
    private readonly routing: Routing,
    private readonly health: TargetHealth,
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
    const { routing, health, held, options } = this;
    return await new Exchange({ incoming, response, routing, health, held, options }).run();
  }

  /**
   * What the environment's upstream answers to a GET, for the gateway itself to read.
   * @throws GatewayError, or the signal's reason
   */
  async read(request: ReadRequest): Promise<UpstreamRead> {
    return await readUpstream(this.routing.upstreams.own, request);
  }
}
