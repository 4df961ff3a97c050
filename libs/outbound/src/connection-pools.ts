import { isIP } from 'node:net';
import { Pool } from 'undici';
import type { OpenSocket, SocketTarget } from './connection.js';
import type { Destination } from './destination.js';
import { Line, LineClient } from './line.js';
import { OutboundError } from './outbound-error.js';

/** Pools are kept for this many pairs of origin and addresses; the longest unused one is closed. */
const MAX_POOLS = 1_000;
/** A socket serves at most this long, so that a changed name takes effect. */
const MAX_SOCKET_AGE_MS = 60_000;
/** Names and values of one answer's headers; the same whatever `--max-http-header-size` says. */
const MAX_HEADER_BYTES = 16_384;

/**
 * Keep-alive sockets by origin, **vetted addresses** and the way there. Every request is vetted anew
 * and finds only sockets to exactly the addresses it was vetted for, so reuse cannot carry it anywhere
 * else: a name that is re-pointed gets a new pool, and the old one's sockets idle out. Connections are
 * uncapped, because a cap makes a stream wait behind other streams.
 */
export class ConnectionPools {
  private readonly pools = new Map<string, Pool>();

  poolFor(destination: Destination, addresses: readonly string[], way: Way): Pool {
    const origin = originOf(destination);
    const key = `${way.name} ${origin} ${addresses.toSorted().join(' ')}`;
    const { host, port } = destination;
    const pool = this.pools.get(key) ?? openPool(origin, { host, port, addresses }, way.open);
    // Re-inserting keeps the map in order of use.
    this.pools.delete(key);
    this.pools.set(key, pool);
    this.closeUnused();
    return pool;
  }

  /** Ends every connection, also those in use. */
  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    const closed = new OutboundError('aborted', 'The exit door was closed.', true);
    await Promise.all(pools.map(async (pool) => await pool.destroy(closed)));
  }

  private closeUnused(): void {
    for (const [key, pool] of this.pools) {
      if (this.pools.size <= MAX_POOLS) return;
      this.pools.delete(key);
      // Requests under way end normally; the pool closes itself after the last one.
      void pool.close();
    }
  }
}

/** How sockets are opened, straight or through the operator's proxy. */
export interface Way {
  readonly name: 'direct' | 'proxy';
  readonly open: OpenSocket;
}

function originOf({ url, host, port }: Destination): string {
  return `${url.protocol}//${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function openPool(origin: string, target: SocketTarget, open: OpenSocket): Pool {
  return new Pool(origin, {
    connections: null,
    // One request per connection: HTTP/2 may silently send a request again after a GOAWAY.
    allowH2: false,
    pipelining: 1,
    clientTtl: MAX_SOCKET_AGE_MS,
    keepAliveMaxTimeout: MAX_SOCKET_AGE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Every request brings its own clocks; these would only be a second, coarser set.
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (url, options) => new LineClient(url, options, new Line(target, open)),
  });
}
