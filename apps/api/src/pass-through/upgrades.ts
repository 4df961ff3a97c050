import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError } from '@app/errors';
import type { Logger, Metrics } from '@app/observability';
import type { Network } from '@app/outbound';
import { PassThroughError, plainAnswer, type Sockets, type Upgrade } from '@app/proxy';
import { type Identity, readCredential } from '@app/tenants';
import { ulid } from 'ulid';
import type { Admission, AskingRequest } from '../http/admission.js';
import type { AuditedRequest, AuditTrail } from '../http/audit-trail.js';
import { clientIpOf } from '../http/client-ip.js';
import { endOfKey, type OpenCalls } from '../http/open-calls.js';
import { isOwned, type KnownRoutes } from '../http/owned-routes.js';
import { renderError } from '../http/render-error.js';

export interface UpgradeParts {
  readonly admission: Admission;
  readonly sockets: Sockets;
  readonly audit: AuditTrail;
  readonly known: KnownRoutes;
  readonly calls: OpenCalls;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly trustedProxies: readonly Network[];
  /** The process takes no more work. */
  readonly isDraining: () => boolean;
}

/**
 * Whether a request asks to become a WebSocket; whatever else it asks to become it stays HTTP, as RFC 9110
 * (section 7.8) allows: some clients ask for HTTP/2 with every request.
 */
export const asksForWebSocket = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  (headers.upgrade ?? '').split(',').some((protocol) => /^websocket(\/|$)/i.test(protocol.trim()));

/**
 * WebSockets under `/v1/*`. They come past Fastify and every hook, so all that holds for a request of the
 * pass-through is asked here of the same parts.
 */
export class Upgrades {
  private readonly open = new Set<Promise<void>>();

  constructor(private readonly parts: UpgradeParts) {}

  /** Of a server that leaves to it what `asksForWebSocket`. */
  watch(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // A caller who breaks off is seen by whoever holds the connection; nobody may hold it yet.
      socket.on('error', () => undefined);
      const handled = this.handle({ request, socket, head });
      this.open.add(handled);
      void handled.finally(() => this.open.delete(handled));
    });
  }

  /** Until every connection is over, and its audit row made. */
  async settled(): Promise<void> {
    await Promise.all(this.open);
  }

  private async handle(handshake: Upgrade): Promise<void> {
    const { audit, metrics } = this.parts;
    const startedAt = new Date();
    const stop = metrics.requests.startTimer();
    const request = this.asking(handshake.request);
    let status = 0;
    try {
      const record = await this.connected(request, handshake);
      status = record.status;
      audit.passedThrough(request, startedAt, record);
    } catch (thrown) {
      const error = this.refuse(thrown, handshake, request.id);
      status = error.status;
      if (thrown instanceof PassThroughError)
        audit.passedThrough(request, startedAt, thrown.record);
      else audit.refused(request, startedAt, error);
    }
    stop({ face: 'pass-through', status: String(status) });
  }

  private asking(request: IncomingMessage): AskingRequest & AuditedRequest {
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
    const { remoteAddress } = request.socket;
    const clientIp = clientIpOf(remoteAddress, forwarded, this.parts.trustedProxies);
    return {
      id: `req_${ulid()}`,
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      ...(clientIp !== null && { clientIp }),
    };
  }

  private async connected(request: AskingRequest & AuditedRequest, handshake: Upgrade) {
    const { admission, known, isDraining } = this.parts;
    const { url, method } = request;
    if (!/^\/v1(\/|\?|$)/.test(url)) throw noneHere(url);
    const identity = await admission.admit(request, 'proxy');
    if (isOwned(url)) throw known.refusal(method, url);
    if (isDraining()) throw draining();
    return await this.tunnelled(identity, request, handshake);
  }

  private async tunnelled(
    identity: Identity,
    request: AskingRequest & AuditedRequest,
    handshake: Upgrade,
  ) {
    const { calls, sockets } = this.parts;
    const ended = new AbortController();
    const release = calls.hold(identity, (why) => ended.abort(why), { many: true });
    const incoming = {
      identity,
      key: readCredential(request.headers),
      target: request.url,
      rawHeaders: handshake.request.rawHeaders,
      requestId: request.id,
      signal: ended.signal,
      upgrade: handshake,
      response: () => plainAnswer(handshake.request),
    };
    try {
      const record = await sockets.connect(incoming);
      const end = endOfKey(ended.signal);
      return end ? { ...record, errorCode: end.code } : record;
    } finally {
      release();
    }
  }

  private refuse(thrown: unknown, handshake: Upgrade, requestId: string): GatewayError {
    const { error, headers, body } = renderError(thrown, requestId);
    if (error.code === 'INTERNAL') {
      this.parts.logger.error({ err: thrown, requestId }, 'unexpected error');
    }
    plainAnswer(handshake.request).writeHead(error.status, headers).end(JSON.stringify(body));
    return error;
  }
}

const noneHere = (url: string): GatewayError =>
  new GatewayError('NOT_FOUND', `No WebSocket is opened at ${url.split('?', 1)[0] ?? ''}.`);

const draining = (): GatewayError =>
  new GatewayError('SERVICE_UNAVAILABLE', 'This process is about to stop; connect again.', {
    retryAfterSeconds: 1,
  });
