import { isIP, Socket } from 'node:net';
import { Pool } from 'undici';
import type { OpenSocket, SocketTarget } from './connection.js';
import { OutboundError, type UnreachableReason } from './outbound-error.js';
import { unreachable } from './unreachable.js';

/** The operator's forward proxy (`OUTBOUND_PROXY`). */
export interface ForwardProxy {
  /** `http://host:port` or `https://…`. */
  readonly origin: string;
  /** For `Proxy-Authorization`; never logged. Null: none is sent. */
  readonly credentials: string | null;
}

/** A proxy that takes longer is down, and is told before its silence is taken for the receiver's. */
const MAX_CONNECT_MS = 4_000;

const ACCEPTED = 'give a URL such as http://user:password@proxy.example:3128';

/** @throws RangeError saying what is accepted, without the URL: it may hold a password */
export function parseForwardProxy(text: string): ForwardProxy {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(`this is not an http or https URL; ${ACCEPTED}`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new RangeError(`a proxy has no path, query or fragment; ${ACCEPTED}`);
  }
  if (url.username === '' && url.password === '') return { origin: url.origin, credentials: null };
  const userinfo = `${decoded(url.username)}:${decoded(url.password)}`;
  return { origin: url.origin, credentials: Buffer.from(userinfo).toString('base64') };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RangeError(`user name and password must be percent-encoded UTF-8; ${ACCEPTED}`);
  }
}

/**
 * Sockets through the operator's proxy, by CONNECT to a vetted **address**: which one is ours to say, so
 * the proxy resolves nothing. The receiver's TLS runs inside, and plain HTTP too.
 */
export class ProxyTunnels {
  readonly name = 'proxy';
  private readonly proxy: Pool;
  private readonly headers: Readonly<Record<string, string>>;

  constructor({ origin, credentials }: ForwardProxy) {
    this.headers = credentials === null ? {} : { 'proxy-authorization': `Basic ${credentials}` };
    // A tunnel is called off when its request has waited long enough; the proxy itself is near.
    this.proxy = new Pool(origin, {
      connections: null,
      allowH2: false,
      headersTimeout: 0,
      connect: { timeout: MAX_CONNECT_MS },
    });
  }

  /** One address after the other, until one can be reached. */
  readonly open: OpenSocket = async (target, abandoned) => {
    let failure: OutboundError | null = null;
    for (const address of target.addresses) {
      try {
        return { socket: await this.tunnel(address, target, abandoned), address };
      } catch (error) {
        failure = asTunnelError(error);
        if (failure.reason === 'proxy' || abandoned.aborted) break;
      }
    }
    throw failure ?? unreachable('closed', `No address of ${target.host}`);
  };

  async close(): Promise<void> {
    await this.proxy.destroy();
  }

  private async tunnel(address: string, { host, port }: SocketTarget, signal: AbortSignal) {
    const authority = isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
    const { statusCode, socket } = await this.proxy.connect({
      path: authority,
      headers: { ...this.headers, host: authority },
      signal,
    });
    // Whatever becomes of it, an error must find a listener.
    socket.on('error', () => undefined);
    if (statusCode === 200 && socket instanceof Socket) return socket;
    socket.destroy();
    const reason = reasonOf(statusCode);
    const what =
      reason === 'proxy'
        ? `The forward proxy answered ${statusCode}`
        : `No connection to ${host}: the forward proxy answered ${statusCode}`;
    throw unreachable(reason, what);
  }
}

/** What a refused CONNECT says: its own login, its rules about the target, or the target itself. */
function reasonOf(statusCode: number): UnreachableReason {
  if (statusCode === 504) return 'filtered';
  if (statusCode === 502 || statusCode === 503) return 'closed';
  return statusCode === 403 ? 'blocked' : 'proxy';
}

/** Not even an answer: the proxy itself is out of reach. */
function asTunnelError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  return unreachable('proxy', 'The forward proxy could not be reached', error);
}
