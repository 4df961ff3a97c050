import { ConnectionPools } from './connection-pools.js';
import { destinationOf, vettedAddresses, type Destination } from './destination.js';
import { Door, type DoorRequest, type DoorResponse } from './door.js';
import { Exchange } from './exchange.js';
import { rememberNames, resolveBySystem, type ResolveName } from './name-resolver.js';
import { OutboundError } from './outbound-error.js';
import { requestHeaders } from './request-headers.js';
import type { TenantPolicy } from './tenant-policy.js';

export interface GuardedDoorOptions {
  /** What tenants' URLs may reach. */
  readonly tenants: TenantPolicy;
  /** Asked for every request to a host that is not the operator's; default: the operating system. */
  readonly resolve?: ResolveName;
}

/**
 * The exit door: judge the URL's text, resolve, judge every address, dial only those, check the peer,
 * then write. HTTP/1.1, no redirects, no proxy of the environment, no decompression, no retries.
 */
export class GuardedDoor extends Door {
  private readonly pools = new ConnectionPools();
  private readonly tenants: TenantPolicy;
  private readonly resolve: { readonly trusted: ResolveName; readonly foreign: ResolveName };

  constructor(options: GuardedDoorOptions) {
    super();
    this.tenants = options.tenants;
    const foreign = options.resolve ?? resolveBySystem;
    this.resolve = { foreign, trusted: rememberNames(foreign, () => performance.now()) };
  }

  override async request(request: DoorRequest): Promise<DoorResponse> {
    const destination = destinationOf(request.url, request.addressClass, this.tenants);
    const exchange = new Exchange(request, destination.host);
    const [response] = await Promise.all([
      exchange.response,
      this.send(request, destination, exchange),
    ]);
    return response;
  }

  /** Ends every connection; what is still under way fails. Drain first. */
  override async close(): Promise<void> {
    await this.pools.close();
  }

  private async send(
    request: DoorRequest,
    destination: Destination,
    exchange: Exchange,
  ): Promise<void> {
    try {
      const addresses = await vettedAddresses(destination, this.resolve);
      if (exchange.hasFailed) return;
      const { url } = destination;
      this.pools.poolFor(destination, addresses).dispatch(
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
