import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { OpenSocket, SocketTarget } from './connection.js';
import { OutboundError, type UnreachableReason } from './outbound-error.js';
import { codeOf, unreachable } from './unreachable.js';

/** Of a long answer only so many addresses are tried. */
const MAX_DIALLED = 8;
/** How long one of several addresses may take before the next is tried too. */
const NEXT_ADDRESS_MS = 1_000;

/** Straight to the address. The peer is checked before a byte is written. */
export const openDirectSocket: OpenSocket = async (target, abandoned) => {
  const socket = dial(target);
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: abandoned });
  } catch (error) {
    socket.destroy();
    throw unreachable(reasonOf(error), `No connection to ${target.host}`, error);
  }
  const peer = canonical(socket.remoteAddress ?? '');
  const address = target.addresses.find((vetted) => canonical(vetted) === peer);
  if (address !== undefined) return { socket, address };
  socket.destroy();
  throw new OutboundError(
    'refused-address',
    'Connected to an address that was not vetted.',
    false,
    { reason: 'blocked' },
  );
};

/** Nothing is resolved here: a single address is dialled as it is, several are the lookup's answer. */
function dial({ addresses, port }: SocketTarget): Socket {
  const answers = addresses
    .slice(0, MAX_DIALLED)
    .map((address) => ({ address, family: isIP(address) }));
  return connect({
    host: addresses[0] ?? '',
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    ...(answers.length > 1 && {
      host: 'vetted.invalid',
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
      lookup: (_name, _options, done) => done(null, answers),
    }),
  });
}

/** What this machine ran out of, which says nothing of the other side. */
const OUR_OWN: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
]);

/** Silence is a filter's; every other code says that somebody answered, if only to refuse. */
function reasonOf(error: unknown): UnreachableReason | undefined {
  const code = codeOf(error) ?? '';
  if (OUR_OWN.has(code)) return undefined;
  return code === 'ETIMEDOUT' ? 'filtered' : 'closed';
}

/** One spelling per address; a dual-stack socket shows IPv4 as `::ffff:a.b.c.d`. */
function canonical(ip: string): string {
  return ipaddr.isValid(ip) ? ipaddr.process(ip).toNormalizedString() : ip;
}
