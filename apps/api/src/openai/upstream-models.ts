import type { Logger } from '@app/observability';
import type { PassThrough, RawHeaders } from '@app/proxy';
import type { FastifyRequest } from 'fastify';
import { upstreamModels } from './listed-models.js';

export interface UpstreamList {
  /** The entries as they came. */
  readonly models: readonly object[];
  /** What the upstream says beside them: its request's id, its limits. */
  readonly headers: RawHeaders;
}

/** Reads the upstream's list of models. */
export class UpstreamModels {
  constructor(
    private readonly passThrough: Pick<PassThrough, 'read'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Null when the upstream cannot be asked, or answers with something else. */
  async list({ id: requestId, raw, url }: FastifyRequest): Promise<UpstreamList | null> {
    try {
      const { status, headers, body } = await this.passThrough.read({
        target: raw.url ?? url,
        rawHeaders: raw.rawHeaders,
        requestId,
        maxBytes: MAX_BYTES,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (status !== 200) throw new Error(`The upstream answered ${status}`);
      return { models: upstreamModels(body), headers };
    } catch (error) {
      this.logger.warn({ err: error, requestId }, 'the upstream’s models cannot be listed');
      return null;
    }
  }
}

const TIMEOUT_MS = 10_000;
/** Aggregators list thousands, with a page about each. */
const MAX_BYTES = 16 * 1024 * 1024;
