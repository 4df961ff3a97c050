import type { Logger } from '@app/observability';
import type { PassThrough } from '@app/proxy';
import type { FastifyRequest } from 'fastify';
import { upstreamModels } from './listed-models.js';

/** Reads the upstream's list of models. */
export class UpstreamModels {
  constructor(
    private readonly passThrough: Pick<PassThrough, 'read'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Null when the upstream cannot be asked, or answers with something else. */
  async list({ id: requestId }: Pick<FastifyRequest, 'id'>): Promise<readonly object[] | null> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const { status, body } = await this.passThrough.read('/v1/models', {
        maxBytes: MAX_BYTES,
        signal,
      });
      if (status !== 200) throw new Error(`The upstream answered ${status}`);
      return upstreamModels(body);
    } catch (error) {
      this.logger.warn({ err: error, requestId }, 'the upstream’s models cannot be listed');
      return null;
    }
  }
}

const TIMEOUT_MS = 10_000;
/** Aggregators list thousands, with a page about each. */
const MAX_BYTES = 16 * 1024 * 1024;
