import { ConnectionPools, type Way } from './connection-pools.js';
import type { OpenSocket } from './connection.js';
import {
  addressesOf,
  type Destination,
  destinationOf,
  judgeAddresses,
  type Resolvers,
} from './destination.js';
import { openDirectSocket } from './direct-socket.js';
import { DnsResolver } from './dns-resolver.js';
import { Door, type DoorRequest, type DoorResponse, NO_TRACE } from './door.js';
import { Exchange } from './exchange.js';
import { rememberNames, resolveBySystem, type ResolveName } from './name-resolver.js';
import { isInNetworks } from './networks.js';
import { OutboundError } from './outbound-error.js';
import { type ForwardProxy, ProxyTunnels } from './proxy-tunnels.js';
import { requestHeaders } from './request-headers.js';
import type { TenantPolicy } from './tenant-policy.js';

export interface GuardedDoorOptions {
  /** What tenants' URLs may reach. */
  readonly tenants: TenantPolicy;
  /** Who is asked for names that tenants and vendors chose (`parseDnsServers`); default: whom the system asks. */
  readonly dnsServers?: readonly string[];
  /** Between here and the addresses that tenants and vendors chose; default: nothing. */
  readonly proxy?: ForwardProxy | undefined;
  /** Asked for every name, in place of name servers and the operating system. */
  readonly resolve?: ResolveName;
  /** Opens every socket to a vetted address; default: the operating system. */
  readonly openSocket?: OpenSocket;
}

/**
 * The exit door: judge the URL's text, resolve, judge every address, dial only those, check the peer,
 * then write. HTTP/1.1, no redirects, no proxy of the environment, no decompression, no retries.
 */
export class GuardedDoor extends Door {
  private readonly pools = new ConnectionPools();
  private readonly unanswered = new Set<Exchange>();
  private readonly tenants: TenantPolicy;
  private readonly resolvers: Resolvers;
  private readonly direct: Way;
  private readonly tunnels: ProxyTunnels | null;

  constructor(options: GuardedDoorOptions) {
    super();
    this.tenants = options.tenants;
    this.resolvers = {
      trusted: rememberNames(options.resolve ?? resolveBySystem, () => performance.now()),
      foreign: options.resolve ?? new DnsResolver({ servers: options.dnsServers ?? [] }).resolve,
    };
    this.direct = { name: 'direct', open: options.openSocket ?? openDirectSocket };
    this.tunnels = options.proxy ? new ProxyTunnels(options.proxy) : null;
  }

  override async request(request: DoorRequest): Promise<DoorResponse> {
    const destination = this.destination(request);
    const exchange = new Exchange(request, destination.host);
    this.unanswered.add(exchange);
    try {
      const sent = this.send(request, destination, exchange);
      const [response] = await Promise.all([exchange.response, sent]);
      return response;
    } finally {
      this.unanswered.delete(exchange);
    }
  }

  /** Ends every connection; what is still under way fails. Drain first. */
  override async close(): Promise<void> {
    for (const exchange of this.unanswered) exchange.shut();
    await this.pools.close();
    await this.tunnels?.close();
  }

  private destination(request: DoorRequest): Destination {
    try {
      return destinationOf(request.url, request.addressClass, this.tenants);
    } catch (error) {
      if (error instanceof OutboundError) error.trace = NO_TRACE;
      throw error;
    }
  }

  private async send(
    request: DoorRequest,
    destination: Destination,
    exchange: Exchange,
  ): Promise<void> {
    try {
      const startedMs = performance.now();
      const addresses = await addressesOf(destination, this.resolvers, exchange);
      const areAllowed = addresses.every((ip) => isInNetworks(ip, this.tenants.allowedNetworks));
      const isLiteral = addresses[0] === destination.host;
      exchange.resolved(isLiteral ? null : performance.now() - startedMs, areAllowed);
      judgeAddresses(destination, addresses);
      if (exchange.isOver) return;
      const { url, policy } = destination;
      const way = policy === null || areAllowed ? this.direct : (this.tunnels ?? this.direct);
      this.pools.poolFor(destination, addresses, way).dispatch(
        {
          path: `${url.pathname}${url.search}`,
          method: request.method,
          headers: requestHeaders(request),
          body: request.body ?? null,
        },
        exchange,
      );
    } catch (error) {
      exchange.fail(asOutboundError(error));
    }
  }
}

function asOutboundError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  return new OutboundError('connect', 'The request could not be sent.', false, { cause: error });
}
