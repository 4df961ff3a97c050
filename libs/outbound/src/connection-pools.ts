import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector, Pool } from 'undici';
import type { Destination } from './destination.js';
import { OutboundError } from './outbound-error.js';

/** Pools are kept for this many pairs of origin and addresses; the longest unused one is closed. */
const MAX_POOLS = 1_000;
/** Of a long answer only so many addresses are tried. */
const MAX_DIALLED = 8;
/** A socket serves at most this long, so that a changed name takes effect. */
const MAX_SOCKET_AGE_MS = 60_000;
/** Upper bound for one dial; the clock of each request is its own and usually shorter. */
const MAX_DIAL_MS = 60_000;
/** How long one of several addresses may take before the next is tried too. */
const NEXT_ADDRESS_MS = 1_000;

/**
 * Keep-alive sockets by origin **and vetted addresses**. Every request is vetted anew and finds only
 * sockets to exactly the addresses it was vetted for, so reuse cannot carry it anywhere else: a name
 * that is re-pointed gets a new pool, and the old one's sockets idle out. Connections are uncapped,
 * because a cap makes a stream wait behind other streams.
 */
export class ConnectionPools {
  private readonly pools = new Map<string, Pool>();

  poolFor(destination: Destination, addresses: readonly string[]): Pool {
    const origin = originOf(destination);
    const key = `${origin} ${addresses.toSorted().join(' ')}`;
    const pool = this.pools.get(key) ?? openPool(origin, addresses.slice(0, MAX_DIALLED));
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

function originOf({ url, host, port }: Destination): string {
  return `${url.protocol}//${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function openPool(origin: string, addresses: readonly string[]): Pool {
  return new Pool(origin, {
    connections: null,
    // One request per connection: HTTP/2 may silently send a request again after a GOAWAY.
    allowH2: false,
    pipelining: 1,
    clientTtl: MAX_SOCKET_AGE_MS,
    keepAliveMaxTimeout: MAX_SOCKET_AGE_MS,
    // Every request brings its own clocks; these would only be a second, coarser set.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: pinnedConnector(addresses),
  });
}

/**
 * Dials the vetted addresses and nothing else, while SNI and certificate check stay with the name.
 * The lookup hook is never called for IP literals: those were vetted as they are. The peer is checked
 * once more before a byte is written.
 */
function pinnedConnector(addresses: readonly string[]): buildConnector.connector {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  const dial = buildConnector({
    allowH2: false,
    timeout: MAX_DIAL_MS,
    autoSelectFamily: answers.length > 1,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    lookup: (_name, options, done) => {
      const [first] = answers;
      if (options.all === true || !first) return done(null, answers);
      return done(null, first.address, first.family);
    },
  });
  const vetted = new Set(addresses.map((address) => canonical(address)));
  return (options, callback) => {
    dial(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      if (vetted.has(canonical(socket.remoteAddress ?? ''))) return callback(null, socket);
      socket.destroy();
      return callback(
        new OutboundError('refused-address', 'Connected to an address that was not vetted.', false),
        null,
      );
    });
  };
}

/** One spelling per address; a dual-stack socket shows IPv4 as `::ffff:a.b.c.d`. */
function canonical(ip: string): string {
  return ipaddr.isValid(ip) ? ipaddr.process(ip).toNormalizedString() : ip;
}
