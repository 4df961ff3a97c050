import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { unreachable } from './unreachable.js';

/**
 * TLS over an open socket. Greeting and certificate check go by the name, wherever the socket leads.
 * Sessions are not resumed: a resumed one skips the check of the certificate's name.
 * @throws OutboundError
 */
export async function secureSocket(
  socket: Socket,
  host: string,
  abandoned: AbortSignal,
): Promise<TLSSocket> {
  const secure = connect({
    socket,
    host,
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
  });
  secure.on('error', () => undefined);
  try {
    await once(secure, 'secureConnect', { signal: abandoned });
    return secure;
  } catch (error) {
    secure.destroy();
    socket.destroy();
    throw unreachable('tls', `No TLS connection to ${host}`, error);
  }
}
