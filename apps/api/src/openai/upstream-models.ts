import type { Logger } from '@app/observability';
import type { PassThrough, RawHeaders, UpstreamRead } from '@app/proxy';
import type { FastifyRequest } from 'fastify';
import { upstreamModel, upstreamModels } from './listed-models.js';

export interface UpstreamList {
  /** The entries as they came. */
  readonly models: readonly object[];
  /** What the upstream says beside them: its request's id, its limits. */
  readonly headers: RawHeaders;
}

/** One of the upstream's models as it came, and what the upstream says beside it. */
export interface UpstreamModel {
  readonly model: object;
  readonly headers: RawHeaders;
}

/** Reads the upstream's models, as callers ask for them. */
export class UpstreamModels {
  constructor(
    private readonly passThrough: Pick<PassThrough, 'read'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Null when the upstream cannot be asked, or answers with something else. */
  async list(request: FastifyRequest): Promise<UpstreamList | null> {
    return await this.read(request, ({ status, headers, body }) => {
      if (status !== 200) throw new Error(`The upstream answered ${status}`);
      return { models: upstreamModels(body), headers };
    });
  }

  /** Null also when the upstream has no such model. */
  async find(request: FastifyRequest): Promise<UpstreamModel | null> {
    return await this.read(request, ({ status, headers, body }) => {
      if (status === 404) return null;
      if (status !== 200) throw new Error(`The upstream answered ${status}`);
      return { model: upstreamModel(body), headers };
    });
  }

  private async read<T>(
    { id: requestId, raw, url }: FastifyRequest,
    understand: (answer: UpstreamRead) => T,
  ): Promise<T | null> {
    try {
      const answer = await this.passThrough.read({
        target: raw.url ?? url,
        rawHeaders: raw.rawHeaders,
        requestId,
        maxBytes: MAX_BYTES,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return understand(answer);
    } catch (error) {
      this.logger.warn({ err: error, requestId }, 'the upstream’s models cannot be read');
      return null;
    }
  }
}

const TIMEOUT_MS = 10_000;
/** Aggregators list thousands, with a page about each. */
const MAX_BYTES = 16 * 1024 * 1024;
